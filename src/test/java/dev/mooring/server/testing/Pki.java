package dev.mooring.server.testing;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** An authority of a test's own, and the files that it hands out. */
public final class Pki {
  private final X509Bundle authority;
  private final Path folder;

  public Pki(Path folder) throws Exception {
    this.folder = folder;
    this.authority =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=test authority")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    Files.writeString(ca(), authority.getCertificatePEM());
  }

  /** Those who trust this file trust all that is issued here. */
  public Path ca() {
    return folder.resolve("ca.pem");
  }

  public Path certificate(String name) {
    return folder.resolve(name + ".pem");
  }

  public Path key(String name) {
    return folder.resolve(name + ".key");
  }

  /** For {@code localhost}. */
  public X509Bundle issueServer(String name) throws Exception {
    return write(
        name,
        new CertificateBuilder()
            .ecp256()
            .subject("CN=" + name)
            .addSanDnsName("localhost")
            .addSanIpAddress("127.0.0.1")
            .notAfter(Instant.now().plus(Duration.ofDays(90)))
            .addExtendedKeyUsageServerAuth()
            .buildIssuedBy(authority));
  }

  public X509Bundle issueClient(String name, String subject) throws Exception {
    return write(
        name,
        new CertificateBuilder()
            .ecp256()
            .subject(subject)
            .addExtendedKeyUsageClientAuth()
            .buildIssuedBy(authority));
  }

  private X509Bundle write(String name, X509Bundle bundle) throws IOException {
    replace(certificate(name), bundle.getCertificatePathPEM());
    replace(key(name), bundle.getPrivateKeyPEM());
    return bundle;
  }

  /** As tools that renew certificates do: nobody sees half a file. */
  public static void replace(Path file, String content) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + ".next");
    Files.writeString(next, content);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** The JDK's own TLS: for clients that share nothing with the server. */
  public SSLContext context(@Nullable X509Bundle client) throws Exception {
    return context(authority, client);
  }

  /** As {@link #context(X509Bundle)}, trusting whatever is shown. */
  static SSLContext context(X509Bundle trusted, @Nullable X509Bundle client)
      throws GeneralSecurityException {
    var context = SSLContext.getInstance("TLS");
    KeyManager[] keys = client == null ? null : client.toKeyManagerFactory().getKeyManagers();
    context.init(keys, new TrustManager[] {trusted.toTrustManager()}, null);
    return context;
  }
}
