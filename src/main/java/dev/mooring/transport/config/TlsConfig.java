package dev.mooring.transport.config;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * TLS on a listener. The files are read again when they change.
 *
 * @param certificate the server's certificate and those between it and a root, PEM
 * @param key its private key, PEM: PKCS#8, PKCS#1 or SEC 1, not encrypted
 * @param clientCa whom to trust for clients' certificates, PEM; null asks for none
 * @param clientCertificates whether clients must show one, if there is a {@code clientCa}
 * @param minimumVersion the oldest version that is spoken
 */
public record TlsConfig(
    Path certificate,
    Path key,
    @Nullable Path clientCa,
    ClientCertificates clientCertificates,
    TlsVersion minimumVersion) {
  /** What is read, and read again. */
  public List<Path> files() {
    return clientCa == null ? List.of(certificate, key) : List.of(certificate, key, clientCa);
  }

  /** With a certificate, and all else as it is when an operator says no more. */
  public static TlsConfig of(Path certificate, Path key) {
    return new TlsConfig(certificate, key, null, ClientCertificates.REQUIRED, TlsVersion.TLS_1_2);
  }

  public TlsConfig withClientCa(Path changed, ClientCertificates certificates) {
    return new TlsConfig(certificate, key, changed, certificates, minimumVersion);
  }

  public TlsConfig withMinimumVersion(TlsVersion changed) {
    return new TlsConfig(certificate, key, clientCa, clientCertificates, changed);
  }
}
