package dev.mooring.transport.wire.websocket;

import static dev.mooring.server.testing.Eventually.assertEventually;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.proto.LeakCheck;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.server.testing.LoggedDefects;
import dev.mooring.server.testing.Patient;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.WireServer;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.wire.Heard;
import dev.mooring.transport.wire.SocketLine;
import dev.mooring.transport.wire.StreamClient;
import dev.mooring.transport.wire.WireClient;
import dev.mooring.transport.wire.mooring.MooringFormat;
import dev.mooring.transport.wire.mooring.MooringWire;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What is WebSocket's own, on a port that it shares: its handshake, its closes, the JDK's client;
 * and clients that mean no good, beside one that is served all the while.
 */
@Patient
@ExtendWith(LeakCheck.class)
final class WebSocketIT {
  private static final int FIRST_MESSAGE_MILLIS = 600;
  private static final byte[] NOTHING = {};

  private static GuestRuntime runtime;
  private static GuestModule module;

  private final LoggedDefects defects = new LoggedDefects();
  private final WebSocketFormat format = new WebSocketFormat();
  private WireServer server;
  private WireClient neighbour;
  private int neighboursCalls;

  @BeforeAll
  static void compile() throws Exception {
    runtime = new GuestRuntime(1L << 30);
    byte[] bytes = Files.readAllBytes(Path.of("guests/c/counter.wasm"));
    module = GuestModule.compile(bytes, ModuleOptions.DEFAULTS, runtime);
  }

  @AfterAll
  static void closeRuntime() {
    runtime.close();
  }

  @BeforeEach
  void start() throws IOException {
    defects.attach();
    server =
        new WireServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            TransportConfig.DEFAULTS.withEventLoops(1),
            SessionLimits.DEFAULTS.withFirstMessageMillis(FIRST_MESSAGE_MILLIS),
            List.of(new MooringWire(), new WebSocketWire()),
            runtime,
            module);
    neighbour = new StreamClient(new MooringFormat(), plain());
    neighbour.open("counter");
    neighbour.flush();
    assertEquals(new Heard.Opened(), neighbour.read());
  }

  @AfterEach
  void assertOnlyTheNeighbourIsLeft() throws Exception {
    try {
      assertNeighbourIsServed();
      assertEventually(() -> server.connections() == 1, "all others are gone");
      neighbour.reset();
      assertEventually(server::hasNothingLeft, "nothing is left");
    } finally {
      server.close();
      defects.detach();
    }
    assertEquals(List.of(), defects.told);
  }

  private void assertNeighbourIsServed() {
    neighboursCalls++;
    neighbour.call(neighboursCalls, "add", NOTHING, 1L);
    neighbour.flush();
    assertEquals(
        new Heard.Result(neighboursCalls, List.of((long) neighboursCalls), ""), neighbour.read());
  }

  private SocketLine plain() throws IOException {
    return SocketLine.plain(server.address(), 0);
  }

  private WebSocketLine line() throws IOException {
    return new WebSocketLine(plain());
  }

  private String answer(String request) throws IOException {
    SocketLine line = plain();
    line.write(request.getBytes(ISO_8859_1));
    String answer = new String(line.in().readAllBytes(), ISO_8859_1);
    line.close();
    return answer;
  }

  private Heard read(WebSocketLine line) throws IOException {
    Heard heard = format.read(line.in());
    return heard == null ? new Heard.End() : heard;
  }

  private void assertEnds(WebSocketLine line, Heard last, int closeCode) throws IOException {
    assertEquals(last, read(line));
    assertEquals(new Heard.End(), read(line));
    assertEquals(closeCode, format.closeCode);
    line.close();
  }

  private static Heard failed(ErrorCode code) {
    return new Heard.Failed(0, code);
  }

  private WebSocketLine opened() throws IOException {
    WebSocketLine line = line();
    line.write(format.open("counter"));
    assertEquals(new Heard.Opened(), read(line));
    return line;
  }

  @Test
  void request_thatIsNone_isAnsweredByHttp() throws IOException {
    String answer = answer("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assertTrue(answer.startsWith("HTTP/1.1 404 Not Found\r\n"), answer);
    assertTrue(answer.contains("\r\nConnection: close\r\n"), answer);
    assertTrue(answer.endsWith("there is nothing here but a WebSocket, at /mooring/v1\r\n"));
    answer = answer("POST /mooring/v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
    assertTrue(answer.startsWith("HTTP/1.1 405 "), answer);
    assertTrue(answer.contains("\r\nAllow: GET\r\n"), answer);
    answer = answer("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assertTrue(answer.startsWith("HTTP/1.1 404 ") && answer.endsWith("\r\n\r\n"), answer);
    answer = answer(WebSocketLine.REQUEST.replace("localhost", "a\r\nOrigin: https://b"));
    assertTrue(answer.startsWith("HTTP/1.1 403 "), answer);
    answer = answer("GET " + "x".repeat(5_000));
    assertTrue(answer.startsWith("HTTP/1.1 431 "), answer);
  }

  @Test
  void headers_withoutEnd_areBounded() throws IOException {
    SocketLine line = plain();
    line.write("GET /mooring/v1 HTTP/1.1\r\n".getBytes(ISO_8859_1));
    byte[] header = ("X: " + "y".repeat(1_000) + "\r\n").getBytes(ISO_8859_1);
    try {
      for (int i = 0; i < 20_000; i++) {
        line.write(header);
      }
    } catch (IOException e) {
      // It has been ended.
    }
    line.close();
    assertNeighbourIsServed();
  }

  @Test
  void request_neverWhole_isTimedOut() throws IOException {
    String answer = answer("GET /mooring/v1 HTTP/1.1\r\nHost: ");
    assertTrue(answer.startsWith("HTTP/1.1 408 Request Timeout\r\n"), answer);
  }

  @Test
  void silence_afterTheHandshake_isTimedOut() throws IOException {
    assertEnds(line(), failed(ErrorCode.FIRST_MESSAGE_TIMEOUT), CloseCode.POLICY);
    assertTrue(format.closeReason.startsWith("FIRST_MESSAGE_TIMEOUT: no Open came"));
  }

  @Test
  void firstMessage_rightBehindTheRequest_isServed() throws IOException {
    SocketLine line = plain();
    byte[] request = WebSocketLine.REQUEST.getBytes(ISO_8859_1);
    byte[] open = format.open("counter");
    byte[] both = Arrays.copyOf(request, request.length + open.length);
    System.arraycopy(open, 0, both, request.length, open.length);
    line.write(both);
    var in = new BufferedInputStream(line.in());
    assertEquals(
        WebSocketLine.ACCEPTED,
        new String(in.readNBytes(WebSocketLine.ACCEPTED.length()), ISO_8859_1));
    assertEquals(new Heard.Opened(), format.read(in));
    line.close();
  }

  @Test
  void close_ofTheClient_isTheEndOfItsSide() throws IOException {
    WebSocketLine line = opened();
    line.write(format.call(1, "add", NOTHING, 5L));
    line.write(ClientFrames.close(1001));
    assertEquals(new Heard.Result(1, List.of(5L), ""), read(line));
    assertEnds(line, new Heard.Closed("CLIENT_CLOSED"), CloseCode.NORMAL);
  }

  @Test
  void close_asMessage_isAnsweredByAClose() throws IOException {
    WebSocketLine line = opened();
    line.write(format.close());
    assertEquals(new Heard.Closed("CLIENT_CLOSED"), read(line));
    assertEquals(new Heard.End(), read(line));
    assertEquals(CloseCode.NORMAL, format.closeCode);
    line.write(ClientFrames.close(1000));
    line.close();
  }

  @Test
  void close_withinAMessage_isMalformed() throws IOException {
    WebSocketLine line = opened();
    line.write(ClientFrames.masked(ClientFrames.BINARY, new byte[3]));
    line.write(ClientFrames.close(1000));
    assertEnds(line, failed(ErrorCode.MALFORMED_FRAME), CloseCode.PROTOCOL);
  }

  @Test
  void text_isToldThatItIs() throws IOException {
    WebSocketLine line = opened();
    line.write(format.call(1, "add", NOTHING, 5L));
    line.write(
        ClientFrames.masked(ClientFrames.FINAL | ClientFrames.TEXT, "{}".getBytes(ISO_8859_1)));
    assertEquals(new Heard.Result(1, List.of(5L), ""), read(line));
    assertEnds(line, failed(ErrorCode.MALFORMED_MESSAGE), CloseCode.UNACCEPTABLE);
    assertTrue(format.closeReason.contains("a text message came"), format.closeReason);
  }

  @Test
  void frame_unmasked_isToldSo() throws IOException {
    WebSocketLine line = opened();
    line.write(ClientFrames.unmasked(ClientFrames.FINAL | ClientFrames.BINARY, new byte[] {1}));
    assertEnds(line, failed(ErrorCode.MALFORMED_FRAME), CloseCode.PROTOCOL);
  }

  @Test
  void ping_beforeOpenAndAfter_isAnswered() throws IOException {
    WebSocketLine line = line();
    byte[] ping = ClientFrames.masked(ClientFrames.FINAL | ClientFrames.PING, new byte[] {1, 2});
    line.write(ping);
    assertPong(line);
    line.write(format.open("counter"));
    assertEquals(new Heard.Opened(), read(line));
    line.write(ping);
    assertPong(line);
    line.write(format.close());
    assertEnds(line, new Heard.Closed("CLIENT_CLOSED"), CloseCode.NORMAL);
  }

  private static void assertPong(WebSocketLine line) throws IOException {
    ClientFrames.Frame pong = ClientFrames.read(line.in());
    if (pong == null) {
      throw new AssertionError("no pong came");
    }
    assertEquals(ClientFrames.FINAL | ClientFrames.PONG, pong.first());
    assertEquals(List.of((byte) 1, (byte) 2), List.of(pong.payload()[0], pong.payload()[1]));
  }

  /** Writes again and again, until the server has ended it; the neighbour is served meanwhile. */
  private void flood(WebSocketLine line, byte[] frame, int times) throws IOException {
    var many = new ByteArrayOutputStream();
    for (int i = 0; i < 1_000; i++) {
      many.writeBytes(frame);
    }
    try {
      for (int i = 0; i < times / 1_000; i++) {
        line.write(many.toByteArray());
        if (i % 100 == 0) {
          assertNeighbourIsServed();
        }
      }
    } catch (IOException e) {
      // It has been ended.
    }
  }

  private void assertEndsSoon(WebSocketLine line, int frames, byte[] frame) throws Exception {
    flood(line, frame, frames);
    assertEventually(() -> server.connections() == 1, "it has been ended");
    line.close();
  }

  @Test
  void pings_millions_areAFlood() throws Exception {
    byte[] ping = ClientFrames.masked(ClientFrames.FINAL | ClientFrames.PING, NOTHING);
    assertEndsSoon(opened(), 2_000_000, ping);
    assertEndsSoon(line(), 2_000_000, ping);
  }

  @Test
  void pongs_millions_areAFlood() throws Exception {
    byte[] pong = ClientFrames.masked(ClientFrames.FINAL | ClientFrames.PONG, new byte[100]);
    assertEndsSoon(opened(), 1_000_000, pong);
  }

  @Test
  void fragments_millionsOfNothing_areTooMany() throws Exception {
    WebSocketLine line = opened();
    line.write(ClientFrames.masked(ClientFrames.BINARY, NOTHING));
    assertEndsSoon(line, 2_000_000, ClientFrames.masked(ClientFrames.CONTINUATION, NOTHING));
  }

  @Test
  void fragments_ofOneByte_areHeldAsBytes() throws Exception {
    WebSocketLine line = opened();
    line.write(ClientFrames.masked(ClientFrames.BINARY, NOTHING));
    byte[] one = ClientFrames.masked(ClientFrames.CONTINUATION, new byte[1]);
    for (int i = 0; i < 10_000; i++) {
      line.write(one);
    }
    assertEventually(() -> server.held().undecoded() == 10_000, "they are gathered");
    line.reset();
  }

  @Test
  void rubbish_masked_endsOnlyItself() throws Exception {
    var random = new Random(7);
    for (int i = 0; i < 100; i++) {
      WebSocketLine line = i % 2 == 0 ? opened() : line();
      byte[] rubbish = new byte[random.nextInt(2_000)];
      random.nextBytes(rubbish);
      line.write(
          i % 4 < 2
              ? rubbish
              : ClientFrames.masked(ClientFrames.FINAL | ClientFrames.BINARY, rubbish));
      line.halfClose();
      Heard last = read(line);
      while (last instanceof Heard.Pong) {
        last = read(line);
      }
      line.close();
    }
    assertNeighbourIsServed();
  }

  /** What the JDK's client hears. */
  private static final class Listening implements WebSocket.Listener {
    final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final ByteArrayOutputStream message = new ByteArrayOutputStream();

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      byte[] part = new byte[data.remaining()];
      data.get(part);
      message.writeBytes(part);
      if (last) {
        try {
          heard.add(ServerMessage.parseFrom(message.toByteArray()).getMessageCase().name());
        } catch (IOException e) {
          heard.add(e.toString());
        }
        message.reset();
      }
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onPong(WebSocket socket, ByteBuffer data) {
      heard.add("pong of " + data.remaining());
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      heard.add("close " + code);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      heard.add(error.toString());
    }

    String next() throws InterruptedException {
      return String.valueOf(heard.poll(20, TimeUnit.SECONDS));
    }
  }

  private static ByteBuffer body(byte[] delimited) {
    return ByteBuffer.wrap(WebSocketFormat.body(delimited));
  }

  @Test
  void clientOfTheJdk_isServedAndClosed() throws Exception {
    var messages = new MooringFormat();
    var address = (InetSocketAddress) server.address();
    try (HttpClient http = HttpClient.newHttpClient()) {
      var listening = new Listening();
      WebSocket socket =
          http.newWebSocketBuilder()
              .subprotocols("mooring.v1")
              .buildAsync(
                  URI.create("ws://127.0.0.1:" + address.getPort() + "/mooring/v1"), listening)
              .get(20, TimeUnit.SECONDS);
      assertEquals("mooring.v1", socket.getSubprotocol());
      socket.sendBinary(body(messages.open("counter")), true).get(20, TimeUnit.SECONDS);
      assertEquals("OPENED", listening.next());
      socket.sendPing(ByteBuffer.allocate(3)).get(20, TimeUnit.SECONDS);
      assertEquals("pong of 3", listening.next());
      ByteBuffer call = body(messages.call(1, "add", NOTHING, 5L));
      socket.sendBinary(call.slice(0, 4), false).get(20, TimeUnit.SECONDS);
      socket.sendBinary(call.slice(4, call.remaining() - 4), true).get(20, TimeUnit.SECONDS);
      assertEquals("RESULT", listening.next());
      socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(20, TimeUnit.SECONDS);
      assertEquals("CLOSED", listening.next());
      assertEquals("close 1000", listening.next());
    }
  }
}
