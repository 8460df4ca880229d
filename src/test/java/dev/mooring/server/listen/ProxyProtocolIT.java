package dev.mooring.server.listen;

import static dev.mooring.server.testing.RawClient.i64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.Pki;
import dev.mooring.server.testing.RawClient;
import dev.mooring.transport.admission.RejectReason;
import dev.mooring.transport.config.AddressRange;
import dev.mooring.transport.config.AdmissionLimits;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.config.TlsConfig;
import dev.mooring.transport.config.TransportConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Behind a load balancer that says for whom it connects. */
@Patient
@Timeout(60)
final class ProxyProtocolIT {
  private static final String V2 = "0d0a0d0a000d0a515549540a";

  @TempDir Path modules;
  @TempDir Path files;

  @BeforeEach
  void fill() {
    Guests.in(modules);
  }

  /** One session for each address: so the address that counts shows. */
  private MooringServer start(String proxies, @Nullable TlsConfig tls) throws IOException {
    TransportConfig transport =
        TransportConfig.DEFAULTS.withLimits(ConnectionLimits.DEFAULTS.withSessions(100, 1));
    return MooringServer.start(
        ServerConfig.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), modules)
            .withTransport(
                transport.withListener(
                    transport
                        .listener()
                        .withTls(tls)
                        .withLimits(AdmissionLimits.DEFAULTS.withHandshakeMillis(1_000))
                        .withProxies(List.of(AddressRange.parse(proxies))))));
  }

  private static RawClient connect(MooringServer server, byte[] header) {
    var client = new RawClient(server.address());
    client.sendBytes(header);
    return client;
  }

  private static byte[] v1(String client) {
    return ("PROXY TCP4 " + client + " 192.0.2.9 4711 7070\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  /** PROXY over IPv4: source, destination, ports, and an extension that nobody knows. */
  private static byte[] v2(String sourceHex) {
    return HexFormat.of()
        .parseHex(V2 + "21110010" + sourceHex + "c0000209" + "12671b9e" + "e0000101");
  }

  @Test
  void header_ofEitherVersion_saysWhoseSessionItIs() throws Exception {
    try (var server = start("127.0.0.0/8", null);
        var one = connect(server, v1("192.0.2.1"));
        var two = connect(server, v2("c0000202"))) {
      one.open("counter");
      assertEquals(1, one.callI64("add", i64(1)));
      two.open("counter");
      assertEquals(1, two.callI64("add", i64(1)));
      try (var again = connect(server, v2("c0000201"))) {
        again.receiveError(ErrorCode.SERVER_OVERLOADED);
      }
      assertEquals(1, server.rejectCounts().of(RejectReason.SESSIONS_PER_ADDRESS));
    }
  }

  @Test
  void header_ofAHealthCheck_isTheProxysOwn() throws Exception {
    byte[] local = HexFormat.of().parseHex(V2 + "20000000");
    byte[] unknown = "PROXY UNKNOWN\r\n".getBytes(StandardCharsets.US_ASCII);
    try (var server = start("127.0.0.1", null)) {
      try (var check = connect(server, local)) {
        check.open("counter");
        try (var other = connect(server, unknown)) {
          other.receiveError(ErrorCode.SERVER_OVERLOADED);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n\r\n",
        "PROXY TCP4 not.an.address 192.0.2.9 4711 7070\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.9 99999 7070\r\n",
        "PROXY TCP4 192.0.2.1\r\n",
        "\r\n\r\n\0\r\nQUIT\n1\21\0\f____________",
      })
  void header_malformed_endsWithAReason(String header) throws Exception {
    try (var server = start("127.0.0.1", null);
        var client = connect(server, header.getBytes(StandardCharsets.ISO_8859_1))) {
      String message = client.receiveError(ErrorCode.MALFORMED_FRAME).getMessage();
      assertTrue(message.contains("PROXY header"), message);
      client.assertEnded();
      assertEquals(1, server.rejectCounts().of(RejectReason.PROXY_HEADER));
    }
  }

  @Test
  void header_thatDoesNotCome_endsWithAReason() throws Exception {
    try (var server = start("127.0.0.1", null);
        var client = connect(server, new byte[] {'P', 'R'})) {
      client.receiveError(ErrorCode.MALFORMED_FRAME);
      client.assertEnded();
    }
  }

  @Test
  void header_ofNoTrustedProxy_isTextAndToldSo() throws Exception {
    try (var server = start("10.0.0.0/8", null)) {
      try (var client = connect(server, v1("192.0.2.1"))) {
        String answer = client.receiveText();
        assertTrue(answer.startsWith("This port speaks Mooring's protocol"), answer);
      }
      Eventually.assertEventually(
          () -> {
            try (var client = new RawClient(server.address())) {
              client.send(RawClient.openMessage("counter", Map.of()));
              return client.receive().hasOpened();
            }
          },
          "it is gone, and another is served");
    }
  }

  @Test
  void header_beforeTls_isRead() throws Exception {
    var pki = new Pki(files);
    pki.issueServer("server");
    var tls = TlsConfig.of(pki.certificate("server"), pki.key("server"));
    try (var server = start("127.0.0.1", tls)) {
      int port = ((InetSocketAddress) server.address()).getPort();
      for (String address : List.of("192.0.2.1", "192.0.2.2")) {
        var tcp = new Socket("localhost", port);
        tcp.getOutputStream().write(v1(address));
        var socket =
            (SSLSocket)
                pki.context(null).getSocketFactory().createSocket(tcp, "localhost", port, true);
        try (var client = new RawClient(socket)) {
          client.open("counter");
          assertEquals(1, client.callI64("add", i64(1)));
        }
      }
    }
  }
}
