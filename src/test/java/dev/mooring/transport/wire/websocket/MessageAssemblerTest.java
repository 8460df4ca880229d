package dev.mooring.transport.wire.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.LeakCheck;
import dev.mooring.proto.frame.EndOfInput;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.OutboundBuffer;
import dev.mooring.session.Problem;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(LeakCheck.class)
final class MessageAssemblerTest {
  private static final int FIRST_BYTES = 1_000;
  private static final int MAX_BYTES = 5_000;
  private static final int FINAL_BINARY = ClientFrames.FINAL | ClientFrames.BINARY;

  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final MessageAssembler input =
      new MessageAssembler(channel.pipeline(), FIRST_BYTES, MAX_BYTES);
  private final List<String> heard = new ArrayList<>();
  private final List<Object> events = new ArrayList<>();
  private final ByteBuf out = Unpooled.buffer();
  private @Nullable Throwable failure;
  private int pingsLeft = Integer.MAX_VALUE;
  private int pauseAfter = -1;

  MessageAssemblerTest() {
    var outbound =
        new OutboundBuffer() {
          @Override
          public ByteBuf buffer() {
            return out;
          }

          @Override
          public void flush() {
            channel.writeOutbound(out.readBytes(out.readableBytes()));
          }

          @Override
          public boolean isFull() {
            return false;
          }

          @Override
          public boolean isWritable() {
            return true;
          }
        };
    input.deliverTo(
        (ctx, bytes, index, length) -> {
          heard.add(bytes.toString(index, length, StandardCharsets.US_ASCII));
          if (heard.size() == pauseAfter) {
            input.pause();
          }
        },
        () -> --pingsLeft >= 0,
        outbound);
    channel
        .pipeline()
        .addLast(input.reader())
        .addLast(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                events.add(event);
              }

              @Override
              public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                failure = cause;
              }
            });
  }

  @AfterEach
  void release() {
    channel.finishAndReleaseAll();
    out.release();
    assertEquals(0, input.bufferedBytes());
  }

  private void come(byte[] bytes) {
    channel.writeInbound(channel.alloc().buffer(bytes.length).writeBytes(bytes));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] frame(int first, String payload) {
    return ClientFrames.masked(first, bytes(payload));
  }

  private static byte[] together(byte[]... frames) {
    var all = new ByteArrayOutputStream();
    for (byte[] frame : frames) {
      all.writeBytes(frame);
    }
    return all.toByteArray();
  }

  private Problem problem() {
    if (failure == null) {
      throw new AssertionError("nothing failed");
    }
    Problem problem = input.problemOf(failure);
    if (problem == null) {
      throw new AssertionError("not the client's", failure);
    }
    return problem;
  }

  private void assertProblem(ErrorCode code, String words) {
    assertEquals(code, problem().code());
    assertTrue(problem().message().contains(words), problem()::message);
  }

  private void assertFails(ErrorCode code, String words) {
    assertProblem(code, words);
    int before = heard.size();
    come(frame(FINAL_BINARY, "later"));
    assertEquals(before, heard.size());
    assertEquals(0, input.bufferedBytes());
  }

  @Test
  void frames_manyInOneRead_areEachAMessage() {
    come(together(frame(FINAL_BINARY, "a"), frame(FINAL_BINARY, ""), frame(FINAL_BINARY, "bc")));
    assertEquals(List.of("a", "", "bc"), heard);
    assertEquals(3, input.delivered());
    assertFalse(input.hasPartial());
  }

  @Test
  void frame_ofEveryKindOfLength_byteByByte_isAMessage() {
    input.raiseMaximum(MAX_BYTES);
    for (int length : new int[] {0, 1, 125, 126, 127, MAX_BYTES - 1}) {
      heard.clear();
      String message = "x".repeat(length);
      byte[] frame = frame(FINAL_BINARY, message);
      for (int i = 0; i < frame.length; i++) {
        assertEquals(i, input.bufferedBytes());
        assertEquals(i > 0, input.hasPartial());
        come(new byte[] {frame[i]});
      }
      assertEquals(List.of(message), heard);
      assertEquals(0, input.bufferedBytes());
    }
  }

  @Test
  void fragments_ofOneByteWithPingsBetween_areOneMessage() {
    String message = "fragments of one byte";
    for (int i = 0; i < message.length(); i++) {
      int opcode = i == 0 ? ClientFrames.BINARY : ClientFrames.CONTINUATION;
      int last = i == message.length() - 1 ? ClientFrames.FINAL : 0;
      come(frame(opcode | last, message.substring(i, i + 1)));
      assertEquals(i < message.length() - 1, input.hasPartial());
      if (last == 0) {
        assertEquals(i + 1, input.bufferedBytes());
        come(frame(ClientFrames.FINAL | ClientFrames.PING, "p" + i));
        ByteBuf pong = channel.readOutbound();
        assertEquals(ClientFrames.FINAL | ClientFrames.PONG, pong.readUnsignedByte());
        assertEquals(pong.readUnsignedByte(), pong.readableBytes());
        assertEquals("p" + i, pong.toString(StandardCharsets.US_ASCII));
        pong.release();
      }
    }
    assertEquals(List.of(message), heard);
    assertEquals(1, input.delivered(), "pings within a message don't make it younger");
    assertNull(failure);
  }

  @Test
  void message_longerThanMayBe_isRefusedByItsHead() {
    come(ClientFrames.head(FINAL_BINARY, FIRST_BYTES + 1));
    assertFails(ErrorCode.FRAME_TOO_LARGE, "at most 1000 until the session is open");
  }

  @Test
  void message_longerThanAnyMayBe_isRefusedByItsHead() {
    input.raiseMaximum(MAX_BYTES);
    come(frame(FINAL_BINARY, "x".repeat(MAX_BYTES)));
    assertEquals(1, heard.size());
    come(ClientFrames.head(FINAL_BINARY, Long.MAX_VALUE));
    assertFails(ErrorCode.FRAME_TOO_LARGE, "at most 5000");
  }

  @Test
  void fragments_togetherLongerThanMayBe_areRefusedByTheHeadOfTheLast() {
    come(frame(ClientFrames.BINARY, "x".repeat(FIRST_BYTES - 1)));
    come(ClientFrames.head(ClientFrames.CONTINUATION, 2));
    assertProblem(ErrorCode.FRAME_TOO_LARGE, "1001 bytes");
  }

  @Test
  void fragments_emptyWithoutEnd_areBounded() {
    come(frame(ClientFrames.BINARY, ""));
    byte[] empty = frame(ClientFrames.CONTINUATION, "");
    for (int i = 1; i < MessageAssembler.MOST_FRAGMENTS; i++) {
      come(empty);
    }
    assertNull(failure);
    come(empty);
    assertProblem(ErrorCode.FRAME_TOO_LARGE, "16384 fragments");
  }

  @Test
  void pings_moreThanMayCome_areNotAnswered() {
    pingsLeft = 2;
    byte[] ping = frame(ClientFrames.FINAL | ClientFrames.PING, "");
    byte[] pong = frame(ClientFrames.FINAL | ClientFrames.PONG, "?");
    come(together(ping, pong, ping, pong));
    ByteBuf answers = channel.readOutbound();
    assertEquals("8a00", ByteBufUtil.hexDump(answers));
    answers.release();
    assertEquals(-2, pingsLeft);
  }

  @Test
  void text_anyLength_isRefusedByItsHead() {
    come(ClientFrames.head(ClientFrames.FINAL | ClientFrames.TEXT, 100_000));
    assertFails(ErrorCode.MALFORMED_MESSAGE, "a text message came; a message here is binary");
  }

  @ParameterizedTest
  @CsvSource({
    "c2, 80, RSV",
    "f2, 81, RSV",
    "82, 00, masked",
    "82, 7f, masked",
    "83, 80, reserved opcode",
    "8b, 80, reserved opcode",
    "8f, 80, reserved opcode",
    "80, 80, continuation",
    "09, 80, control",
    "89, fe, control",
    "88, 81, close",
  })
  void frame_thatCanBeNone_isRefusedAtOnce(String first, String second, String words) {
    byte[] head = {
      (byte) Integer.parseInt(first, 16), (byte) Integer.parseInt(second, 16), 0, 0, 0, 0, 0
    };
    come(head);
    assertFails(ErrorCode.MALFORMED_FRAME, words);
  }

  @ParameterizedTest
  @CsvSource({"82fe0001, minimal", "82ff000000000000ffff, minimal", "82ff8000000000000000, length"})
  void length_thatIsNotTheShortest_isRefused(String head, String words) {
    come(together(ByteBufUtil.decodeHexDump(head), new byte[5]));
    assertFails(ErrorCode.MALFORMED_FRAME, words);
  }

  @Test
  void close_ofNoCodeThatThereIs_isRefused() {
    come(ClientFrames.close(1005));
    assertFails(ErrorCode.MALFORMED_FRAME, "");
  }

  @Test
  void close_withTextThatIsNone_isRefused() {
    come(
        ClientFrames.masked(
            ClientFrames.FINAL | ClientFrames.CLOSE, new byte[] {3, (byte) 0xE8, (byte) 0xFF}));
    assertFails(ErrorCode.MALFORMED_FRAME, "");
  }

  @Test
  void newMessage_withinAnother_isRefused() {
    come(frame(ClientFrames.BINARY, "a"));
    come(frame(FINAL_BINARY, "b"));
    assertProblem(ErrorCode.MALFORMED_FRAME, "fragmented");
    assertEquals(List.of(), heard);
  }

  @Test
  void close_betweenMessages_isTheEnd() {
    come(together(frame(FINAL_BINARY, "a"), ClientFrames.close(1000), frame(FINAL_BINARY, "b")));
    assertEquals(List.of("a"), heard);
    assertEquals(List.of(EndOfInput.BETWEEN_FRAMES), events);
    channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    assertEquals(List.of(EndOfInput.BETWEEN_FRAMES, ChannelInputShutdownEvent.INSTANCE), events);
  }

  @Test
  void close_withinAMessage_isAnEndWithinIt() {
    come(together(frame(ClientFrames.BINARY, "a"), ClientFrames.close(1001)));
    assertEquals(List.of(EndOfInput.WITHIN_FRAME), events);
    assertTrue(input.hasPartial());
  }

  @Test
  void pause_withinARead_holdsTheNextFrameBack() {
    pauseAfter = 2;
    byte[] rest = together(frame(FINAL_BINARY, "c"), ClientFrames.close(1000));
    come(together(frame(FINAL_BINARY, "a"), frame(FINAL_BINARY, "b"), rest));
    assertEquals(List.of("a", "b"), heard);
    assertEquals(rest.length, input.bufferedBytes());
    assertFalse(input.hasPartial(), "it is whole, and waits");
    channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    assertEquals(List.of(ChannelInputShutdownEvent.INSTANCE), events);
    input.resume();
    assertEquals(List.of("a", "b", "c"), heard);
    assertEquals(List.of(ChannelInputShutdownEvent.INSTANCE, EndOfInput.BETWEEN_FRAMES), events);
  }

  @Test
  void pause_whilePaused_keepsWhatComesInOrder() {
    input.pause();
    for (int i = 0; i < 100; i++) {
      come(frame(FINAL_BINARY, String.valueOf(i)));
    }
    assertEquals(List.of(), heard);
    pauseAfter = 40;
    input.resume();
    assertEquals(40, heard.size());
    input.resume();
    assertEquals(100, heard.size());
    assertEquals("99", heard.getLast());
  }

  @Test
  void fewBytes_ofALargeRead_dontKeepIt() {
    byte[] whole = frame(FINAL_BINARY, "x".repeat(900));
    byte[] begun = frame(FINAL_BINARY, "yz");
    ByteBuf read = channel.alloc().buffer(64 << 10);
    read.writeBytes(whole).writeBytes(begun, 0, begun.length - 1);
    channel.writeInbound(read);
    assertEquals(0, read.refCnt());
    assertEquals(begun.length - 1, input.bufferedBytes());
    come(new byte[] {begun[begun.length - 1]});
    assertEquals("yz", heard.getLast());
  }

  @Test
  void inputEnd_withinAFrame_isAnEndWithinIt() {
    come(new byte[] {(byte) FINAL_BINARY});
    channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    assertEquals(List.of(ChannelInputShutdownEvent.INSTANCE, EndOfInput.WITHIN_FRAME), events);
  }

  @Test
  void drop_withinAMessage_keepsNothing() {
    come(together(frame(ClientFrames.BINARY, "a"), new byte[] {0}));
    assertEquals(2, input.bufferedBytes());
    input.drop();
    assertEquals(0, input.bufferedBytes());
  }
}
