package dev.mooring.server.listen;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.Pki;
import dev.mooring.server.testing.RawClient;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.admission.RejectReason;
import dev.mooring.transport.config.TlsConfig;
import dev.mooring.transport.config.WireName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whoever speaks another protocol to the port is told what it is, and not for want of a first
 * message: for that they would have to wait longer than any test here reads.
 */
@Timeout(120)
final class MisdirectedIT {
  private static final int READ_TIMEOUT_MILLIS = 20_000;
  private static final int FIRST_MESSAGE_MILLIS = 600_000;

  /** How the client comes, and what the port speaks. */
  enum Way {
    PLAIN(false, false, "TCP"),
    TLS(true, true, "TLS"),
    PLAIN_TO_TLS(false, true, "TLS");

    private final boolean tls;
    private final boolean tlsPort;
    private final String carrier;

    Way(boolean tls, boolean tlsPort, String carrier) {
      this.tls = tls;
      this.tlsPort = tlsPort;
      this.carrier = carrier;
    }

    private String words(String came) {
      return "This port speaks Mooring's protocol over "
          + carrier
          + ": protobuf messages, each behind its length. What came looks like "
          + (this == PLAIN_TO_TLS ? came + ", without TLS" : came)
          + ". Connect with a Mooring client.\r\n";
    }
  }

  @TempDir Path modules;
  @TempDir Path files;
  private @Nullable Pki made;

  @BeforeEach
  void makeCertificates() throws Exception {
    made = new Pki(files);
    made.issueServer("server");
    Guests.in(modules);
  }

  private Pki pki() {
    if (made == null) {
      throw new IllegalStateException("before makeCertificates");
    }
    return made;
  }

  private MooringServer start(Way way) throws IOException {
    var tls = TlsConfig.of(pki().certificate("server"), pki().key("server"));
    var config =
        ServerConfig.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), modules)
            .withSession(patient());
    var transport = config.transport();
    return MooringServer.start(
        config.withTransport(
            transport.withListener(
                transport
                    .listener()
                    .withTls(way.tlsPort ? tls : null)
                    .withWires(List.of(WireName.MOORING)))));
  }

  private static SessionLimits patient() {
    return SessionLimits.DEFAULTS.withFirstMessageMillis(FIRST_MESSAGE_MILLIS);
  }

  private static int port(MooringServer server) {
    return ((InetSocketAddress) server.address()).getPort();
  }

  private Socket connect(MooringServer server, Way way) throws Exception {
    Socket socket =
        way.tls
            ? pki().context(null).getSocketFactory().createSocket("localhost", port(server))
            : new Socket("localhost", port(server));
    socket.setSoTimeout(READ_TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    return socket;
  }

  /** All that the server has to say, to its end. */
  private byte[] answer(MooringServer server, Way way, String words) throws Exception {
    try (Socket socket = connect(server, way)) {
      socket.getOutputStream().write(words.getBytes(UTF_8));
      return socket.getInputStream().readAllBytes();
    }
  }

  private static void assertCounted(MooringServer server, RejectReason reason, long count)
      throws InterruptedException {
    Eventually.assertEventually(
        () -> server.rejectCounts().of(reason) == count,
        count + " of " + reason + ", but there is " + server.rejectCounts());
  }

  private static void assertNothingLeft(MooringServer server) throws InterruptedException {
    Eventually.assertEventually(
        () -> server.sessionCount() + server.connectionCount() == 0, "no session is left");
  }

  private static RejectReason reason(Way way, RejectReason reason) {
    return way == Way.PLAIN_TO_TLS ? RejectReason.NOT_TLS : reason;
  }

  @ParameterizedTest
  @EnumSource
  void request_ofHttp_isAnsweredByHttp(Way way) throws Exception {
    try (var server = start(way)) {
      String body = way.words("HTTP");
      String head =
          "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
              + "Content-Length: "
              + body.length()
              + "\r\nConnection: close\r\n\r\n";
      String rest = " /counter?add=5 HTTP/1.1\r\nHost: localhost\r\n\r\n";
      for (String method : new String[] {"GET", "POST", "PUT", "OPTIONS", "DELETE", "CONNECT"}) {
        assertEquals(head + body, new String(answer(server, way, method + rest), UTF_8), method);
      }
      assertEquals(head, new String(answer(server, way, "HEAD" + rest), UTF_8));
      assertCounted(server, reason(way, RejectReason.UNEXPECTED_HTTP), 7);
      assertNothingLeft(server);
    }
  }

  @ParameterizedTest
  @EnumSource
  void preface_ofHttp2_isAnsweredByGoaway(Way way) throws Exception {
    try (var server = start(way)) {
      var answer =
          ByteBuffer.wrap(
              answer(server, way, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"));
      String words = way.words("HTTP").strip();
      assertEquals(0x00_00_00_04, answer.getInt(), "an empty SETTINGS");
      answer.position(9);
      assertEquals(8 + words.length(), answer.getInt() >>> 8);
      assertEquals(7, answer.get(3 + 9), "GOAWAY");
      answer.position(2 * 9);
      assertEquals(0, answer.getInt(), "no stream was served");
      assertEquals(1, answer.getInt(), "PROTOCOL_ERROR");
      assertEquals(words, UTF_8.decode(answer).toString());
      assertCounted(server, reason(way, RejectReason.UNEXPECTED_HTTP), 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void line_ofText_isAnsweredByALine(Way way) throws Exception {
    try (var server = start(way)) {
      String[] lines = {
        "SSH-2.0-OpenSSH_9.9\r\n", "*1\r\n$4\r\nPING\r\n", "EHLO x\r\n", "hello\n", "a ".repeat(999)
      };
      for (String line : lines) {
        assertEquals(way.words("text"), new String(answer(server, way, line), UTF_8), line);
      }
      assertCounted(server, reason(way, RejectReason.UNEXPECTED_TEXT), lines.length);
      assertNothingLeft(server);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PLAIN_TO_TLS")
  void request_inPieces_isAnsweredAsSoonAsItIsClear(Way way) throws Exception {
    try (var server = start(way);
        Socket socket = connect(server, way)) {
      for (char one : "GET ".toCharArray()) {
        socket.getOutputStream().write(one);
      }
      String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
      assertTrue(answer.endsWith(way.words("HTTP")), answer);
      assertCounted(server, RejectReason.UNEXPECTED_HTTP, 1);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "TLS")
  void request_halfClosed_isAnsweredAll(Way way) throws Exception {
    try (var server = start(way);
        Socket socket = connect(server, way)) {
      socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(UTF_8));
      socket.shutdownOutput();
      String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
      assertTrue(answer.endsWith(way.words("HTTP")), answer);
      assertNothingLeft(server);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "POST"})
  void httpClient_ofTheJdk_getsTheAnswer(String method) throws Exception {
    try (var server = start(Way.PLAIN);
        var client = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(URI.create("http://localhost:" + port(server) + "/"))
              .timeout(Duration.ofMillis(READ_TIMEOUT_MILLIS))
              .method(method, HttpRequest.BodyPublishers.noBody())
              .build();
      HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
      assertEquals(400, response.statusCode());
      assertEquals(method.equals("HEAD") ? "" : Way.PLAIN.words("HTTP"), response.body());
    }
  }

  @Test
  void requestBehindAnOpen_isNotHttp() throws Exception {
    try (var server = start(Way.PLAIN);
        var client = new RawClient(server.address())) {
      client.open("counter");
      client.sendBytes(("GET / HTTP/1.1\r\nHost: " + "x".repeat('G') + "\r\n\r\n").getBytes(UTF_8));
      client.receiveError(ErrorCode.MALFORMED_MESSAGE);
      assertEquals(0, server.rejectCounts().of(RejectReason.UNEXPECTED_HTTP));
    }
  }
}
