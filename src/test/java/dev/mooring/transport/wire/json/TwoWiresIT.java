package dev.mooring.transport.wire.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.server.testing.Pki;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.WireServer;
import dev.mooring.transport.config.AddressRange;
import dev.mooring.transport.config.AdmissionLimits;
import dev.mooring.transport.config.ListenerConfig;
import dev.mooring.transport.config.TlsConfig;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.wire.Heard;
import dev.mooring.transport.wire.Line;
import dev.mooring.transport.wire.SocketLine;
import dev.mooring.transport.wire.StreamClient;
import dev.mooring.transport.wire.Wire;
import dev.mooring.transport.wire.WireClient;
import dev.mooring.transport.wire.WireFormat;
import dev.mooring.transport.wire.mooring.MooringFormat;
import dev.mooring.transport.wire.mooring.MooringWire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes before a wire is picked: everybody is spoken to in their own words. */
final class TwoWiresIT {
  private static final ListenerConfig PLAIN =
      ListenerConfig.DEFAULTS.withLimits(AdmissionLimits.DEFAULTS.withHandshakeMillis(1_000));
  private static final Heard MALFORMED = new Heard.Failed(0, ErrorCode.MALFORMED_FRAME);

  @TempDir static Path folder;

  private static GuestRuntime runtime;
  private static GuestModule module;
  private static Pki pki;

  @BeforeAll
  static void prepare() throws Exception {
    runtime = new GuestRuntime(1L << 30);
    byte[] bytes = Files.readAllBytes(Path.of("guests/c/counter.wasm"));
    module = GuestModule.compile(bytes, ModuleOptions.DEFAULTS, runtime);
    pki = new Pki(folder);
    pki.issueServer("server");
  }

  @AfterAll
  static void closeRuntime() {
    runtime.close();
  }

  private static WireServer serve(ListenerConfig listener, Wire... wires) throws IOException {
    return new WireServer(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        TransportConfig.DEFAULTS.withEventLoops(1).withListener(listener),
        SessionLimits.DEFAULTS.withFirstMessageMillis(500),
        List.of(wires),
        runtime,
        module);
  }

  private static ListenerConfig tls() {
    // The handshake has its own time here, as a machine may be busy.
    return ListenerConfig.DEFAULTS.withTls(
        TlsConfig.of(pki.certificate("server"), pki.key("server")));
  }

  private static Line plain(WireServer server) throws IOException {
    return SocketLine.plain(server.address(), 0);
  }

  private static Line tls(WireServer server, String... alpn) throws Exception {
    return SocketLine.tls(server.address(), 0, pki.context(null), alpn);
  }

  private static void assertServes(WireFormat format, Line line) {
    try (var client = new StreamClient(format, line)) {
      client.open("counter");
      client.call(1, "add", new byte[0], 5L);
      client.flush();
      assertEquals(new Heard.Opened(), client.read());
      assertEquals(new Heard.Result(1, List.of(5L), ""), client.read());
    }
  }

  private static void assertTold(WireFormat format, Line line, Heard told) {
    try (WireClient client = new StreamClient(format, line)) {
      assertEquals(told, client.read());
      assertEquals(new Heard.End(), client.read());
    }
  }

  private static String answer(Line line, String said) throws IOException {
    line.write(said.getBytes(StandardCharsets.US_ASCII));
    String answer = new String(line.in().readAllBytes(), StandardCharsets.UTF_8);
    line.close();
    return answer;
  }

  @Test
  void clients_ofBothWires_areServedOnOnePort() throws Exception {
    try (var server = serve(PLAIN, new MooringWire(), new JsonWire())) {
      assertServes(new MooringFormat(), plain(server));
      assertServes(new JsonFormat(), plain(server));
      assertServes(new MooringFormat(), plain(server));
    }
  }

  @Test
  void clientsWithTls_ofBothWires_areServedOnOnePort() throws Exception {
    try (var server = serve(tls(), new MooringWire(), new JsonWire())) {
      assertServes(new MooringFormat(), tls(server));
      assertServes(new JsonFormat(), tls(server));
      assertServes(new MooringFormat(), tls(server, "mooring/1"));
      assertServes(new JsonFormat(), tls(server, "mooring-json/1"));
    }
  }

  @Test
  void clientWithTls_thatSaysNothing_isTheWireThatItNegotiated() throws Exception {
    try (var server = serve(tls(), new MooringWire(), new JsonWire())) {
      Heard told = new Heard.Failed(0, ErrorCode.FIRST_MESSAGE_TIMEOUT);
      assertTold(new JsonFormat(), tls(server, "mooring-json/1"), told);
    }
  }

  @Test
  void clientWithTls_thatOffersTheOnlyWire_isServed() throws Exception {
    try (var server = serve(tls(), new JsonWire())) {
      assertServes(new JsonFormat(), tls(server, "mooring-json/1"));
    }
  }

  @Test
  void clientWithoutTls_ofEitherWire_isToldInItsOwnWords() throws Exception {
    try (var server = serve(tls(), new MooringWire(), new JsonWire())) {
      for (WireFormat format : List.of(new JsonFormat(), new MooringFormat())) {
        Line line = plain(server);
        line.write(format.open("counter"));
        assertTold(format, line, MALFORMED);
      }
    }
  }

  @Test
  void proxyWithoutHeader_isToldInTheWiresWords() throws Exception {
    ListenerConfig proxied = PLAIN.withProxies(List.of(AddressRange.parse("127.0.0.0/8")));
    try (var server = serve(proxied, new JsonWire())) {
      Line line = plain(server);
      line.write(new JsonFormat().open("counter"));
      assertTold(new JsonFormat(), line, MALFORMED);
    }
  }

  @Test
  void http_isToldWhatIsSpoken() throws Exception {
    String request = "GET / HTTP/1.1\r\n\r\n";
    try (var one = serve(PLAIN, new JsonWire());
        var both = serve(PLAIN, new MooringWire(), new JsonWire())) {
      String answer = answer(plain(one), request);
      assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
      assertTrue(answer.contains(" TCP: JSON, each message behind its length in "), answer);
      assertTrue(answer(plain(both), request).startsWith("HTTP/1.1 400 "));
    }
  }
}
