package dev.mooring.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.client.TlsOptions;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The load over TLS, against a certificate made for this test by the JDK's own tool. */
@Timeout(60)
final class TlsTest {
  private static final char[] PASSWORD = "password".toCharArray();

  @TempDir static Path folder = Path.of("");
  private static KnownServer server;
  private static Path certificate;

  @BeforeAll
  static void start() throws Exception {
    Path store = folder.resolve("server.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                "server",
                "-dname",
                "CN=test",
                "-ext",
                "SAN=ip:127.0.0.1,dns:localhost",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("keytool.txt").toFile())
            .start();
    assertTrue(keytool.waitFor(60, TimeUnit.SECONDS), "keytool has come to an end");
    assertEquals(0, keytool.exitValue(), () -> "see keytool.txt");
    KeyStore keys = load(store);
    certificate = folder.resolve("ca.pem");
    Files.writeString(certificate, pem(keys.getCertificate("server").getEncoded()));
    server = new KnownServer(context(keys));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void tls_trustedAuthority_works() {
    Report report =
        Plans.of(server)
            .tls(new Target.Tls(TlsOptions.trusting(certificate), false))
            .count(200)
            .run();

    assertEquals(200, report.number("calls.answered"));
    assertEquals("verified", report.text("settings.tls"));
  }

  @Test
  void tls_anybody_works() {
    Report report = Plans.of(server).tls(new Target.Tls(TlsOptions.SYSTEM, true)).count(200).run();

    assertEquals(200, report.number("calls.answered"));
  }

  @Test
  void tls_unknownAuthority_isRefused() {
    LoadFailure failure =
        assertThrows(
            LoadFailure.class,
            () -> Plans.of(server).tls(new Target.Tls(TlsOptions.SYSTEM, false)).run());

    assertEquals(LoadFailure.Kind.NO_SERVER, failure.kind());
    assertTrue(String.valueOf(failure.getMessage()).contains("certificat"), failure::getMessage);
  }

  @Test
  void tls_otherName_isRefused() {
    var other = new Target.Tls(TlsOptions.trusting(certificate).withServerName("other"), false);
    LoadFailure failure = assertThrows(LoadFailure.class, () -> Plans.of(server).tls(other).run());

    assertEquals(LoadFailure.Kind.NO_SERVER, failure.kind());
    assertTrue(String.valueOf(failure.getMessage()).contains("other"), failure::getMessage);
  }

  @Test
  void tls_fileThatIsNoCertificate_saysSo() throws IOException {
    Path file = Files.writeString(folder.resolve("no.pem"), "nothing");
    LoadFailure failure =
        assertThrows(
            LoadFailure.class,
            () -> Plans.of(server).tls(new Target.Tls(TlsOptions.trusting(file), false)).run());

    assertEquals(LoadFailure.Kind.USAGE, failure.kind());
    assertTrue(String.valueOf(failure.getMessage()).contains("no.pem"), failure::getMessage);
  }

  private static KeyStore load(Path store) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    return keys;
  }

  private static SslContext context(KeyStore keys) throws IOException, GeneralSecurityException {
    var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD);
    return SslContextBuilder.forServer(managers).build();
  }

  private static String pem(byte[] certificate) {
    byte[] newLine = "\n".getBytes(StandardCharsets.US_ASCII);
    return "-----BEGIN CERTIFICATE-----\n"
        + Base64.getMimeEncoder(64, newLine).encodeToString(certificate)
        + "\n-----END CERTIFICATE-----\n";
  }
}
