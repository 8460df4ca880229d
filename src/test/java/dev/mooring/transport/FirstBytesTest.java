package dev.mooring.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.Frames;
import dev.mooring.proto.GoldenFrame;
import dev.mooring.proto.GoldenFrame.Direction;
import dev.mooring.proto.GoldenFrames;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.ClientMessage.MessageCase;
import dev.mooring.proto.v1.Open;
import dev.mooring.transport.FirstBytes.Language;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FirstBytesTest {
  private static final Set<Language> PERHAPS = Set.of(Language.PERHAPS_TEXT, Language.PERHAPS_TLS);

  private static Language look(byte... bytes) {
    return new FirstBytes().look(Unpooled.wrappedBuffer(bytes));
  }

  /** The same at once and byte by byte, where it may be clear before all have come. */
  private static Language lookTwice(byte... bytes) {
    Language whole = look(bytes);
    var first = new FirstBytes();
    Language language = Language.FRAMES;
    for (byte one : bytes) {
      language = first.look(Unpooled.wrappedBuffer(new byte[] {one}));
      if (!PERHAPS.contains(language)) {
        break;
      }
    }
    assertEquals(whole, language);
    return whole;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"})
  void look_atARequest_isHttp(String method) {
    assertEquals(Language.HTTP, lookTwice(ascii(method + " / HTTP/1.1\r\nHost: x\r\n\r\n")));
    assertEquals(Language.HTTP, lookTwice(ascii(method + " ")));
  }

  @Test
  void look_atHttp2_isHttp2() {
    assertEquals(Language.HTTP2, lookTwice(ascii("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH_9.9\r\n",
        "*1\r\n$4\r\nPING\r\n",
        "PING\r\n",
        "EHLO example.org\r\n",
        "hi\n",
        "GETTING / HTTP/1.1\r\n",
        "{ \"open\": {} }",
        "PROPFIND / HTTP/1.1\r\n"
      })
  void look_atALine_isText(String line) {
    assertEquals(Language.TEXT, lookTwice(ascii(line)));
  }

  @ParameterizedTest
  @CsvSource({"G, PERHAPS_TEXT", "GET, PERHAPS_TEXT", "hello, PERHAPS_TEXT", "hello wo, TEXT"})
  void look_atTheBeginningOfALine_waitsUntilItIsClear(String line, Language language) {
    assertEquals(language, lookTwice(ascii(line)));
  }

  @Test
  void look_atTls_isTls() {
    assertEquals(Language.PERHAPS_TLS, look((byte) 22));
    assertEquals(Language.TLS, lookTwice(new byte[] {22, 3, 1, 2, 0, 1, 0, 1}));
    assertEquals(Language.FRAMES, lookTwice(new byte[] {22, 10, 20}));
  }

  @Test
  void look_atWhatIsNoText_isFrames() {
    assertEquals(Language.FRAMES, lookTwice(ascii("GET\0/ HTTP/1.1\r\n")));
    assertEquals(Language.FRAMES, lookTwice(ascii("\r\n")));
    assertEquals(Language.FRAMES, lookTwice(ascii("Grüß dich\r\n")));
    assertEquals(Language.FRAMES, lookTwice(new byte[] {0}));
    assertEquals(Language.FRAMES, lookTwice(new byte[] {(byte) 0x80, 'E', 'T', ' '}));
  }

  @Test
  void look_atAnyGoldenFrameOfAClient_isFrames() {
    int seen = 0;
    for (GoldenFrame frame : GoldenFrames.all()) {
      if (frame.name().equals("bad-message-http")) {
        assertEquals(Language.HTTP, lookTwice(frame.bytes()));
      } else if (frame.direction() == Direction.CLIENT) {
        assertFrames(frame.name(), frame.bytes());
        seen++;
      }
    }
    assertTrue(seen > 30, seen + " frames of clients");
  }

  /** However far it has come: never text, and never for sure anything else. */
  private static void assertFrames(String name, byte[] bytes) {
    ByteBuf all = Unpooled.wrappedBuffer(bytes);
    var inPieces = new FirstBytes();
    for (int i = 0; i < bytes.length; i++) {
      assertOurs(name, inPieces.look(all.slice(i, 1)));
      assertOurs(name, new FirstBytes().look(all.slice(0, i + 1)));
    }
  }

  private static void assertOurs(String name, Language language) {
    assertTrue(PERHAPS.contains(language) || language == Language.FRAMES, name + ": " + language);
  }

  /** With every length that is a printable character, and every text where text may be. */
  @Test
  void look_atAnOpenThatIsAllText_isFrames() {
    for (int i = 1; i < 200; i++) {
      var open = Open.newBuilder().setModule("G".repeat(i)).setAuthToken("ET / HTTP/1.1\r\n");
      ByteBuf bytes = Unpooled.buffer();
      Frames.write(bytes, ClientMessage.newBuilder().setOpen(open).build());
      assertFrames("open " + i, bytes.array());
    }
  }

  /** Whatever its length: what begins with a member of ClientMessage is a message of ours. */
  @Test
  void look_atAnyFrameThatBeginsWithAMember_isFrames() {
    for (MessageCase member : MessageCase.values()) {
      int tag = member.getNumber() << 3 | 2;
      for (int length = 1; length < 0x80 && member != MessageCase.MESSAGE_NOT_SET; length++) {
        Language language = look((byte) length, (byte) tag, (byte) 'T', (byte) '\n');
        assertEquals(Language.FRAMES, language, member + " of " + length);
      }
    }
  }

  /** A length of two bytes or more is none of text's. */
  @Test
  void look_atAnyLongFrame_isFrames() {
    for (int first = 0x80; first <= 0xFF; first++) {
      assertEquals(Language.FRAMES, look((byte) first));
      assertNotEquals(Language.TEXT, look((byte) first, (byte) 'E', (byte) 'T', (byte) ' '));
    }
  }
}
