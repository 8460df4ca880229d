package dev.mooring.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.mooring.cli.TestConsole.Ending;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.cli.text.HostAndPort;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import io.netty.pkitesting.CertificateBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The client commands, and so the bundled client, against a server with TLS and tokens. */
final class SecureCommandsIT {
  @TempDir Path modules;
  @TempDir Path files;

  private MooringServer start() throws Exception {
    return MooringServer.start(secured(null));
  }

  /**
   * @param clientAuthority whose certificates clients must have; null if they need none
   */
  private ServerConfig secured(@Nullable Path clientAuthority) throws Exception {
    Files.copy(Path.of("guests/c/counter.wasm"), modules.resolve("counter.wasm"));
    var authority =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=authority")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    var server =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=server")
            .addSanDnsName("mooring.test")
            .addSanIpAddress("127.0.0.1")
            .buildIssuedBy(authority);
    Files.writeString(files.resolve("ca.pem"), authority.getCertificatePEM());
    Files.writeString(files.resolve("server.pem"), server.getCertificatePathPEM());
    Files.writeString(files.resolve("server.key"), server.getPrivateKeyPEM());
    Ending token =
        TestConsole.run("token", "alice", "--append", files.resolve("tokens").toString());
    assertEquals(ExitCode.OK, token.exitCode(), token.err());
    Files.writeString(files.resolve("alice.token"), token.out());
    var client = new CertificateBuilder().ecp256().subject("CN=client").buildIssuedBy(authority);
    Files.writeString(files.resolve("client.pem"), client.getCertificatePathPEM());
    Files.writeString(files.resolve("client.key"), client.getPrivateKeyPEM());
    return ServerConfig.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), modules)
        .withTls(files.resolve("server.pem"), files.resolve("server.key"), clientAuthority)
        .withTokens(files.resolve("tokens"));
  }

  private Ending call(MooringServer server, String... options) {
    var words = new ArrayList<>(List.of("call", "--module", "counter", "--server"));
    words.add(HostAndPort.name(server.address()));
    words.addAll(List.of(options));
    words.addAll(List.of("add", "5"));
    return TestConsole.run(words.toArray(String[]::new));
  }

  @Test
  void call_withWhatTheServerWants_isAnswered() throws Exception {
    String ca = files.resolve("ca.pem").toString();
    String token = files.resolve("alice.token").toString();
    try (var server = start()) {
      Ending ending = call(server, "--ca", ca, "--token-file", token);
      assertEquals("5\n", ending.out(), ending.err());
      Ending named =
          call(server, "--ca", ca, "--token-file", token, "--server-name", "mooring.test");
      assertEquals("5\n", named.out(), named.err());
      Ending wrongName =
          call(server, "--ca", ca, "--token-file", token, "--server-name", "other.test");
      assertEquals(ExitCode.NO_SERVER, wrongName.exitCode());
      assertTrue(wrongName.err().contains("other.test"), wrongName.err());
      Ending noToken = call(server, "--ca", ca);
      assertEquals(ExitCode.FAILED, noToken.exitCode());
      assertTrue(noToken.err().contains("UNAUTHENTICATED"), noToken.err());
      Ending untrusted = call(server, "--tls", "--token-file", token);
      assertEquals(ExitCode.NO_SERVER, untrusted.exitCode());
      assertTrue(untrusted.err().contains("no TLS handshake"), untrusted.err());
      Ending plain = call(server, "--token-file", token);
      assertTrue(plain.err().contains("this port speaks TLS"), plain.err());
      assertEquals(1, server.tenants().size());
    }
  }

  /** In this process the log isn't the console's stderr; for who types the command it is. */
  @Test
  void call_handshakeThatFails_saysSoInOneLineAndLogsNothing() throws Exception {
    var log = (Logger) LoggerFactory.getLogger("io.netty.channel.DefaultChannelPipeline");
    var logged = new ListAppender<ILoggingEvent>();
    logged.start();
    try (var server = start()) {
      log.addAppender(logged);
      Ending untrusted = call(server, "--tls");
      Ending wrongName =
          call(server, "--ca", files.resolve("ca.pem").toString(), "--server-name", "other.test");
      assertEquals(1, untrusted.err().lines().count(), untrusted.err());
      assertEquals(1, wrongName.err().lines().count(), wrongName.err());
    } finally {
      log.detachAppender(logged);
    }
    assertEquals(List.of(), logged.list.stream().map(ILoggingEvent::getFormattedMessage).toList());
  }

  private Ending load(MooringServer server, String... options) {
    var words =
        new ArrayList<>(
            List.of(
                "loadtest",
                "--module",
                "counter",
                "--call",
                "add 5",
                "--count",
                "20",
                "--warm-up"));
    words.addAll(
        List.of("0", "--connections", "2", "--server", HostAndPort.name(server.address())));
    words.addAll(List.of(options));
    return TestConsole.run(words.toArray(String[]::new));
  }

  @Test
  void loadtest_withWhatTheServerWants_measures() throws Exception {
    Path ca = files.resolve("ca.pem");
    try (var server = MooringServer.start(secured(ca))) {
      var all =
          new ArrayList<>(
              List.of(
                  "--ca", ca.toString(),
                  "--token-file", files.resolve("alice.token").toString(),
                  "--cert", files.resolve("client.pem").toString(),
                  "--key", files.resolve("client.key").toString()));
      Ending ending = load(server, all.toArray(String[]::new));
      assertEquals(ExitCode.OK, ending.exitCode(), ending.err());
      assertTrue(ending.out().contains("20 answered"), ending.out());
      Ending noCertificate = load(server, all.subList(0, 4).toArray(String[]::new));
      assertEquals(ExitCode.NO_SERVER, noCertificate.exitCode(), noCertificate.err());
      Ending noToken = load(server, all.subList(4, 8).toArray(String[]::new));
      assertEquals(ExitCode.NO_SERVER, noToken.exitCode(), "whom Java trusts: " + noToken.err());
      all.addAll(List.of("--server-name", "other.test"));
      Ending otherName = load(server, all.toArray(String[]::new));
      assertEquals(ExitCode.NO_SERVER, otherName.exitCode(), otherName.err());
      assertTrue(otherName.err().contains("other.test"), otherName.err());
    }
  }

  @Test
  void options_thatMakeNoSense_areUsage() {
    Ending half = TestConsole.run("call", "-m", "counter", "--cert", "a.pem", "add", "5");
    assertEquals(ExitCode.USAGE, half.exitCode());
    assertTrue(half.err().contains("--cert and --key go together"), half.err());
    Ending missing = TestConsole.run("call", "-m", "counter", "--ca", "none.pem", "add", "5");
    assertEquals(ExitCode.USAGE, missing.exitCode());
    assertTrue(missing.err().contains("none.pem"), missing.err());
    Ending open = TestConsole.run("serve", "--listen", "0.0.0.0:0", "--modules", ".");
    assertEquals(ExitCode.USAGE, open.exitCode());
    assertTrue(open.err().contains("--allow-unauthenticated"), open.err());
    Ending name = TestConsole.run("token", "al ice");
    assertEquals(ExitCode.USAGE, name.exitCode());
  }
}
