package dev.mooring.transport.wire.grpc;

import static dev.mooring.server.testing.Eventually.assertEventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.session.SessionLimits;
import dev.mooring.transport.admission.RejectReason;
import dev.mooring.transport.config.AdmissionLimits;
import dev.mooring.transport.wire.Heard;
import dev.mooring.transport.wire.SocketLine;
import dev.mooring.transport.wire.StreamClient;
import io.netty.handler.codec.http2.Http2Error;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who breaks HTTP/2, or uses it to cost work, is cut off and counted, and harms nobody else. */
final class GrpcHostileIT extends GrpcServerFixture {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RESET = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int CONTINUATION = 9;
  private static final int END_HEADERS = 4;

  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  /** Somebody else is served as before. */
  @AfterEach
  void assertOthersAreServed() throws IOException {
    try (var client =
        new StreamClient(
            new GrpcFormat(), GrpcLine.session(new Http2Client(server.address(), 0, null)))) {
      client.open("conformance");
      client.call(1, "add", new byte[0], 5L);
      client.flush();
      assertEquals(new Heard.Opened(), client.read());
      assertEquals(new Heard.Result(1, List.of(5L), ""), client.read());
    }
  }

  private void frame(int type, int flags, int stream, byte[] body) {
    var head = ByteBuffer.allocate(9);
    head.put((byte) (body.length >> 16)).putShort((short) body.length);
    head.put((byte) type).put((byte) flags).putInt(stream);
    said.writeBytes(head.array());
    said.writeBytes(body);
  }

  private void begin() {
    said.writeBytes(PREFACE);
    frame(SETTINGS, 0, 0, new byte[0]);
  }

  /** A header as it is, neither indexed nor packed. */
  private static void header(ByteArrayOutputStream block, String name, String value) {
    block.write(0);
    text(block, name);
    text(block, value);
  }

  private static void text(ByteArrayOutputStream block, String text) {
    if (text.length() < 127) {
      block.write(text.length());
    } else {
      block.write(127);
      int rest = text.length() - 127;
      while (rest >= 128) {
        block.write((rest & 127) | 128);
        rest >>= 7;
      }
      block.write(rest);
    }
    block.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static ByteArrayOutputStream request() {
    var block = new ByteArrayOutputStream();
    header(block, ":method", "POST");
    header(block, ":scheme", "http");
    header(block, ":path", "/mooring.v1.Mooring/Session");
    header(block, ":authority", "test");
    header(block, "content-type", "application/grpc");
    header(block, "te", "trailers");
    return block;
  }

  private SocketLine connect() throws IOException {
    return SocketLine.plain(server.address(), 0);
  }

  /** Says what has gathered; the server may hang up in the middle of it. */
  private void say(SocketLine line) {
    try {
      line.write(said.toByteArray());
    } catch (IOException e) {
      // It has.
    }
    said.reset();
  }

  /** Reads until the server goes away, and says why; -1 if it only hung up. */
  private static long goneAway(SocketLine line) throws IOException {
    var in = new DataInputStream(line.in());
    try {
      while (true) {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        in.skipNBytes(5);
        byte[] body = in.readNBytes(length);
        if (type == GOAWAY && ByteBuffer.wrap(body).getInt(4) != 0) {
          return ByteBuffer.wrap(body).getInt(4);
        }
      }
    } catch (IOException e) {
      return -1;
    } finally {
      line.close();
    }
  }

  private void assertCutOff(SocketLine line, Http2Error error, RejectReason reason)
      throws Exception {
    long code = goneAway(line);
    // A reset may overtake what was said last.
    assertTrue(code == error.code() || code == -1, () -> "it went away with " + code);
    assertEventually(() -> server.rejectCounts().of(reason) == 1, "it is counted");
  }

  @Test
  void rapidReset_isCutOffAndCounted() throws Exception {
    serve(AdmissionLimits.DEFAULTS.withFloods(1_000, 100), SessionLimits.DEFAULTS);
    var line = connect();
    begin();
    for (int stream = 1; stream < 1_000; stream += 2) {
      frame(HEADERS, END_HEADERS, stream, request().toByteArray());
      frame(RESET, 0, stream, new byte[] {0, 0, 0, 8});
    }
    say(line);
    assertCutOff(line, Http2Error.ENHANCE_YOUR_CALM, RejectReason.FRAME_FLOOD);
  }

  @Test
  void pings_tooMany_areCutOffAndCounted() throws Exception {
    serve(AdmissionLimits.DEFAULTS.withFloods(10, 100), SessionLimits.DEFAULTS);
    var line = connect();
    begin();
    for (int i = 0; i < 100; i++) {
      frame(PING, 0, 0, new byte[8]);
    }
    say(line);
    assertCutOff(line, Http2Error.ENHANCE_YOUR_CALM, RejectReason.PING_FLOOD);
  }

  @Test
  void settings_tooMany_areCutOffAndCounted() throws Exception {
    serve(AdmissionLimits.DEFAULTS.withFloods(10, 100), SessionLimits.DEFAULTS);
    var line = connect();
    begin();
    for (int i = 0; i < 100; i++) {
      frame(SETTINGS, 0, 0, new byte[0]);
    }
    say(line);
    assertCutOff(line, Http2Error.ENHANCE_YOUR_CALM, RejectReason.FRAME_FLOOD);
  }

  @Test
  void framesOfNoKnownType_tooMany_areCutOffAndCounted() throws Exception {
    serve(AdmissionLimits.DEFAULTS.withFloods(10, 100), SessionLimits.DEFAULTS);
    var line = connect();
    begin();
    frame(HEADERS, END_HEADERS, 1, request().toByteArray());
    for (int i = 0; i < 100; i++) {
      frame(99, 0, 1, new byte[100]);
    }
    say(line);
    assertCutOff(line, Http2Error.ENHANCE_YOUR_CALM, RejectReason.FRAME_FLOOD);
  }

  @Test
  void emptyData_withoutEnd_isCutOffAndCounted() throws Exception {
    var line = connect();
    begin();
    frame(HEADERS, END_HEADERS, 1, request().toByteArray());
    for (int i = 0; i < 100; i++) {
      frame(DATA, 0, 1, new byte[0]);
    }
    say(line);
    assertCutOff(line, Http2Error.ENHANCE_YOUR_CALM, RejectReason.FRAME_FLOOD);
  }

  @Test
  void headers_inPiecesWithoutEnd_areCutOffAndCounted() throws Exception {
    var line = connect();
    begin();
    frame(HEADERS, 0, 1, request().toByteArray());
    for (int i = 0; i < 1_000; i++) {
      frame(CONTINUATION, 0, 1, new byte[0]);
    }
    say(line);
    assertCutOff(line, Http2Error.ENHANCE_YOUR_CALM, RejectReason.FRAME_FLOOD);
  }

  @Test
  void headers_tooLong_endNoMoreThanTheConnection() throws Exception {
    var line = connect();
    begin();
    ByteArrayOutputStream block = request();
    for (int i = 0; i < 10; i++) {
      header(block, "x-" + i, "x".repeat(1_500));
    }
    frame(HEADERS, END_HEADERS, 1, block.toByteArray());
    frame(PING, 0, 0, new byte[8]);
    say(line);
    line.halfClose();
    goneAway(line);
    assertEquals(0, server.sessions());
  }

  @Test
  void data_beforeHeaders_isCutOffAndCounted() throws Exception {
    var line = connect();
    begin();
    frame(DATA, 0, 1, new byte[10]);
    say(line);
    assertCutOff(line, Http2Error.PROTOCOL_ERROR, RejectReason.BROKEN_HTTP2);
  }

  @Test
  void preface_thenSilence_isCutOffAndCounted() throws Exception {
    serve(AdmissionLimits.DEFAULTS.withHandshakeMillis(300), SessionLimits.DEFAULTS);
    var line = connect();
    line.write(PREFACE);
    assertCutOff(line, Http2Error.PROTOCOL_ERROR, RejectReason.HANDSHAKE_TIMEOUT);
  }

  @Test
  void connection_withoutAStreamForLong_isSentAway() throws Exception {
    serve(AdmissionLimits.DEFAULTS.withStreams(10, 300), SessionLimits.DEFAULTS);
    var line = connect();
    begin();
    say(line);
    assertEquals(-1, goneAway(line));
    assertEventually(
        () -> server.rejectCounts().of(RejectReason.NEVER_OPENED) == 1, "it is counted");
  }

  @Test
  void streams_thatNeverSayAnything_areToldEachByItself() throws Exception {
    serve(AdmissionLimits.DEFAULTS, SessionLimits.DEFAULTS.withFirstMessageMillis(400));
    try (var client = new Http2Client(server.address(), 0, null)) {
      var lines = new ArrayList<GrpcLine>();
      for (int i = 0; i < 100; i++) {
        lines.add(GrpcLine.session(client));
      }
      for (GrpcLine line : lines) {
        line.in().readAllBytes();
        assertEquals("10", line.status());
      }
      assertEquals(100, server.rejectCounts().of("FIRST_MESSAGE_TIMEOUT"));
    }
  }

  @Test
  void streams_moreThanMayBe_areRefusedByHttp2() throws Exception {
    serve(AdmissionLimits.DEFAULTS.withStreams(2, 300_000), SessionLimits.DEFAULTS);
    var line = connect();
    begin();
    for (int stream = 1; stream < 20; stream += 2) {
      frame(HEADERS, END_HEADERS, stream, request().toByteArray());
    }
    say(line);
    assertEventually(() -> server.connections() == 2, "two are in");
    line.close();
  }

  @Test
  void slowPost_byteByByte_isTimedOut() throws Exception {
    serve(AdmissionLimits.DEFAULTS, SessionLimits.DEFAULTS.withFirstMessageMillis(500));
    try (var client = new Http2Client(server.address(), 0, null)) {
      GrpcLine line = GrpcLine.session(client);
      byte[] open = new GrpcFormat().open("conformance");
      for (int i = 0; i < 8; i++) {
        line.write(new byte[] {open[i]});
        Thread.sleep(100);
      }
      line.in().readAllBytes();
      assertEquals("10", line.status());
    }
  }
}
