package dev.mooring.transport.tls;

import dev.mooring.file.TextFile;
import dev.mooring.transport.config.TlsConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What TLS needs, read from its files: a certificate that has its key, and whom to trust for
 * clients.
 *
 * @param chain the server's certificate, then those that vouch for it
 * @param clientCas whom to trust for clients' certificates; empty asks for none
 */
public record TlsFiles(
    PrivateKey key, List<X509Certificate> chain, List<X509Certificate> clientCas) {
  private static final String PEM = "PEM";

  /** Forward secrecy and authenticated encryption only; TLS 1.3 has no others. */
  private static final List<String> CIPHERS =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  /**
   * Reads the files that a configuration names.
   *
   * @throws IOException if they aren't a certificate and its key; the message says which file, and
   *     what is wrong with it
   */
  public static TlsFiles read(TlsConfig config) throws IOException {
    List<X509Certificate> chain = certificates(config.certificate());
    Path ca = config.clientCa();
    String pem = TextFile.read(config.key(), PEM);
    PrivateKey key;
    try {
      key = PemKey.read(pem, chain.getFirst().getPublicKey());
    } catch (GeneralSecurityException e) {
      throw new IOException(config.key() + ": " + e.getMessage(), e);
    }
    return new TlsFiles(key, chain, ca == null ? List.of() : certificates(ca));
  }

  private static List<X509Certificate> certificates(Path file) throws IOException {
    String pem = TextFile.read(file, PEM);
    if (!pem.contains("-----BEGIN CERTIFICATE-----")) {
      throw new IOException(file + ": there is no '-----BEGIN CERTIFICATE-----' in it");
    }
    var certificates = new ArrayList<X509Certificate>();
    try {
      for (var each :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(
                  new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)))) {
        certificates.add((X509Certificate) each);
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(file + ": not a certificate: " + e.getMessage(), e);
    }
    if (certificates.isEmpty()) {
      throw new IOException(file + ": no certificate in it is whole");
    }
    return List.copyOf(certificates);
  }

  /** Until when the server's certificate is valid. */
  Instant notAfter() {
    return chain.getFirst().getNotAfter().toInstant();
  }

  /** Names the server's certificate in the log. */
  String subject() {
    return chain.getFirst().getSubjectX500Principal().getName();
  }

  /**
   * What handshakes are made with.
   *
   * @param alpn what may be spoken inside, the most wanted first
   */
  SslContext toContext(TlsConfig config, List<String> alpn) throws IOException {
    var builder =
        SslContextBuilder.forServer(key, chain.toArray(new X509Certificate[0]))
            .sslProvider(SslProvider.JDK)
            .protocols(config.minimumVersion().protocols())
            .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    Protocol.ALPN,
                    SelectorFailureBehavior.FATAL_ALERT,
                    SelectedListenerFailureBehavior.ACCEPT,
                    alpn));
    if (!clientCas.isEmpty()) {
      builder
          .trustManager(clientCas.toArray(new X509Certificate[0]))
          .clientAuth(
              switch (config.clientCertificates()) {
                case REQUIRED -> ClientAuth.REQUIRE;
                case OPTIONAL -> ClientAuth.OPTIONAL;
              });
    }
    return builder.build();
  }
}
