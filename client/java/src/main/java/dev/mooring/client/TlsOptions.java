package dev.mooring.client;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a client speaks TLS: whom it trusts, and who it says that it is. Start with {@link #SYSTEM}
 * or {@link #trusting}; every {@code with} method returns another value. Immutable, for any thread.
 * The files are read once, when the client is built.
 *
 * @param trust PEM, the certificates of those whom to trust for a server's; null for those whom the
 *     Java runtime trusts
 * @param certificate PEM, this client's own certificate and those that vouch for it; null for none
 * @param key PEM, its private key: PKCS#8, not encrypted
 * @param serverName what the server's certificate must be for, if that isn't the host that was
 *     dialled
 * @param verifiesName whether the server's certificate must be for the server's name
 */
public record TlsOptions(
    @Nullable Path trust,
    @Nullable Path certificate,
    @Nullable Path key,
    @Nullable String serverName,
    boolean verifiesName) {

  /** Trusts whom the Java runtime trusts, wants the server's name, shows no certificate. */
  public static final TlsOptions SYSTEM = new TlsOptions(null, null, null, null, true);

  /**
   * @throws IllegalArgumentException when there is a certificate without a key, or a key without
   */
  public TlsOptions {
    if ((certificate == null) != (key == null)) {
      throw new IllegalArgumentException("a client's certificate and its key go together");
    }
  }

  /** Trusts those whose certificates are in a PEM file, and nobody else. */
  public static TlsOptions trusting(Path file) {
    return new TlsOptions(Objects.requireNonNull(file, "file"), null, null, null, true);
  }

  /** Shows a certificate to servers that ask for one. */
  public TlsOptions withCertificate(Path certificate, Path key) {
    return new TlsOptions(trust, certificate, key, serverName, verifiesName);
  }

  /** Expects the server to be this one, whatever host was dialled. */
  public TlsOptions withServerName(String serverName) {
    return new TlsOptions(trust, certificate, key, serverName, verifiesName);
  }

  /** Takes a certificate that is to be trusted whatever name it is for. */
  public TlsOptions withoutNameVerification() {
    return new TlsOptions(trust, certificate, key, serverName, false);
  }
}
