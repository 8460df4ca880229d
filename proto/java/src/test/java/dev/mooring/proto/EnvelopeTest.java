package dev.mooring.proto;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import com.sun.management.ThreadMXBean;
import dev.mooring.proto.frame.Framing;
import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Event;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Result;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.proto.v1.Value;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The hand-written readers and writers against protobuf-java, which is right by definition. */
final class EnvelopeTest {
  /** For a longer hunt: {@code -DargLine="... -Dmooring.test.rounds=1000000"}. */
  private static final int ROUNDS = Integer.getInteger("mooring.test.rounds", 20_000);

  private final EnvelopeCheck check = new EnvelopeCheck();
  private final CallReader calls = check.calls;
  private final ResultReader results = check.results;

  @Test
  void read_whatProtobufWrote_readsTheSame() throws MessageException {
    for (int seed = 0; seed < ROUNDS; seed++) {
      var messages = new RandomMessages(seed);
      ClientMessage client = messages.client();
      check.assertClient(client, client.toByteArray(), "seed " + seed);
      ServerMessage server = messages.server();
      check.assertServer(server, server.toByteArray(), "seed " + seed);
    }
  }

  @Test
  void read_mutatedBytes_acceptsAndReadsWhatProtobufDoes() {
    int accepted = 0;
    int odd = 0;
    for (int seed = 0; seed < 3 * ROUNDS; seed++) {
      var messages = new RandomMessages(seed);
      byte[] first = messages.client().toByteArray();
      byte[] mutated = messages.mutate(first, messages.client().toByteArray());
      ClientMessage client = Reference.parse(mutated, ClientMessage.getDefaultInstance());
      String what = "seed " + seed + ": " + HexFormat.of().formatHex(mutated);
      if (client == null) {
        assertThrows(MessageException.class, () -> readClient(mutated), what);
      } else {
        accepted++;
        odd += client.hasCall() && !Arrays.equals(client.toByteArray(), mutated) ? 1 : 0;
        try {
          check.assertClient(client, mutated, what);
        } catch (MessageException e) {
          throw new AssertionError(what, e);
        }
      }
    }
    // The test is worth something only if both sides occur, and odd shapes among the accepted.
    assertTrue(accepted > ROUNDS / 2 && accepted < 5 * ROUNDS / 2, "accepted " + accepted);
    assertTrue(odd > ROUNDS / 10, "odd " + odd);
  }

  @Test
  void read_mutatedServerBytes_acceptsAndReadsWhatProtobufDoes() {
    int accepted = 0;
    for (int seed = 0; seed < 3 * ROUNDS; seed++) {
      var messages = new RandomMessages(seed);
      byte[] first = messages.server().toByteArray();
      byte[] mutated = messages.mutate(first, messages.server().toByteArray());
      ServerMessage server = Reference.parse(mutated, ServerMessage.getDefaultInstance());
      String what = "seed " + seed + ": " + HexFormat.of().formatHex(mutated);
      if (server == null) {
        assertThrows(MessageException.class, () -> readServer(mutated), what);
      } else {
        accepted++;
        try {
          check.assertServer(server, mutated, what);
        } catch (MessageException e) {
          throw new AssertionError(what, e);
        }
      }
    }
    assertTrue(accepted > ROUNDS / 2 && accepted < 5 * ROUNDS / 2, "accepted " + accepted);
  }

  @Test
  void read_randomBytes_acceptsAndReadsWhatProtobufDoes() throws MessageException {
    for (int seed = 0; seed < ROUNDS; seed++) {
      var random = new Random(seed);
      var bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      if (bytes.length > 2 && bytes.length < 128 && random.nextBoolean()) {
        bytes[0] = 0x12;
        bytes[1] = (byte) (bytes.length - 2);
      }
      ClientMessage client = Reference.parse(bytes, ClientMessage.getDefaultInstance());
      if (client == null) {
        assertThrows(MessageException.class, () -> readClient(bytes), "seed " + seed);
      } else {
        check.assertClient(client, bytes, "seed " + seed);
      }
    }
  }

  @Test
  void writeCall_anyCall_writesProtobufsBytes() {
    for (int seed = 0; seed < ROUNDS; seed++) {
      Call call = new RandomMessages(seed).call();
      if (call.getFunctionCase() != Call.FunctionCase.FUNCTION_NOT_SET) {
        EnvelopeCheck.assertWrites(call, "seed " + seed);
      }
    }
  }

  @Test
  void writeCall_unpairedSurrogateInName_writesProtobufsBytes() {
    String name = "a\uD800b";
    ByteBuf out = Unpooled.buffer();
    CallWriter.writeCall(out, 1, name, new long[0], new byte[0], 0, Unpooled.EMPTY_BUFFER, 0, "");
    EnvelopeCheck.assertFrame(
        ClientMessage.newBuilder().setCall(Call.newBuilder().setId(1).setName(name)).build(),
        out,
        name);
  }

  @Test
  void writeResultEventPong_any_writeProtobufsBytes() {
    for (int seed = 0; seed < ROUNDS; seed++) {
      Result result = new RandomMessages(seed).result();
      EnvelopeCheck.assertWrites(result, "seed " + seed);
      EnvelopeCheck.assertWrites(
          Event.newBuilder()
              .setPayload(result.getOutput())
              .setSequence(result.getSequence())
              .build(),
          "seed " + seed);
      EnvelopeCheck.assertWritesPong(result.getId(), "seed " + seed);
    }
  }

  @Test
  void write_wrongValueType_isRefusedBeforeAByteIsWritten() {
    ByteBuf out = Unpooled.buffer();
    assertThrows(
        IllegalArgumentException.class,
        () ->
            ResultWriter.writeResult(
                out, Frames.VARINT, 1, new long[1], new byte[] {5}, 1, Unpooled.EMPTY_BUFFER, 0));
    assertEquals(0, out.readableBytes());
  }

  @Test
  void read_argumentsAtTheBound_areAcceptedAndOneMoreIsNot() throws MessageException {
    var call = Call.newBuilder().setId(1).setIndex(0);
    for (int i = 0; i < Messages.MAX_CLIENT_ELEMENTS; i++) {
      call.addArguments(Value.newBuilder().setI32(i));
    }
    ClientMessage full = ClientMessage.newBuilder().setCall(call).build();
    check.assertClient(full, full.toByteArray(), "full");
    check.assertClient(full, withUnknownField(full), "full and odd");
    call.addArguments(Value.getDefaultInstance());
    ClientMessage over = ClientMessage.newBuilder().setCall(call).build();
    assertThrows(MessageException.class, () -> readClient(over.toByteArray()));
    assertThrows(MessageException.class, () -> readClient(withUnknownField(over)));
  }

  @Test
  void read_argumentsSpreadOverOccurrences_areCountedTogether() {
    var call = Call.newBuilder().setId(1);
    for (int i = 0; i < Messages.MAX_CLIENT_ELEMENTS / 2 + 1; i++) {
      call.addArguments(Value.getDefaultInstance());
    }
    byte[] half = ClientMessage.newBuilder().setCall(call).build().toByteArray();
    byte[] twice = ByteString.copyFrom(half).concat(ByteString.copyFrom(half)).toByteArray();
    var problem = assertThrows(MessageException.class, () -> readClient(twice));
    assertEquals(
        "a ClientMessage with more than 1000 elements in arguments, the most that one may hold",
        problem.getMessage());
  }

  @Test
  void read_configAboveTheBound_isRefused() {
    var open = Open.newBuilder();
    for (int i = 0; i <= Messages.MAX_CLIENT_ELEMENTS; i++) {
      open.putConfig("key" + i, "");
    }
    byte[] bytes = ClientMessage.newBuilder().setOpen(open).build().toByteArray();
    assertThrows(MessageException.class, () -> readClient(bytes));
  }

  @Test
  void read_groupAtAnyDepth_isRefused() {
    // At the top; in the call; in an argument; in an entry of the map, where protobuf-java skips it
    // unseen; and an end without a beginning.
    for (String hex :
        new String[] {
          "6b 6c", "12 04 08 01 6b 6c", "12 04 22 02 6b 6c", "0a 04 1a 02 6b 6c", "12 01 6c", "6c"
        }) {
      byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex);
      var problem = assertThrows(MessageException.class, () -> readClient(bytes), hex);
      assertTrue(String.valueOf(problem.getMessage()).contains("group"), problem.getMessage());
      assertNull(Reference.parse(bytes, ClientMessage.getDefaultInstance()), hex);
    }
  }

  @Test
  void read_memberInSeveralPieces_isMergedAsProtobufDoes() throws MessageException {
    // A call in two pieces; the same with a ping in between; an input that is given twice.
    for (String hex :
        new String[] {
          "12 04 08 01 18 02 12 04 2a 02 61 62",
          "12 07 08 01 18 02 2a 01 61 22 02 08 05 12 02 30 09",
          "12 08 08 01 2a 01 61 2a 01 62"
        }) {
      byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex);
      ClientMessage expected = Reference.parse(bytes, ClientMessage.getDefaultInstance());
      check.assertClient(Objects.requireNonNull(expected), bytes, hex);
    }
  }

  @Test
  void read_valueCutShort_isRefused() {
    for (String hex : new String[] {"08", "10", "1d", "21", "c9", "1d00000000ff", "0880"}) {
      byte[] value = HexFormat.of().parseHex(hex);
      byte[] bytes =
          ByteString.copyFrom(new byte[] {0x12, (byte) (value.length + 2), 0x22})
              .concat(ByteString.copyFrom(new byte[] {(byte) value.length}))
              .concat(ByteString.copyFrom(value))
              .toByteArray();
      assertThrows(MessageException.class, () -> readClient(bytes), hex);
    }
  }

  @Test
  void read_garbage_saysWhatWasExpected() {
    var problem = assertThrows(MessageException.class, () -> readClient("GET /".getBytes(UTF_8)));
    String message = String.valueOf(problem.getMessage());
    assertTrue(
        message.startsWith("a frame of 5 bytes is not a mooring.v1.ClientMessage: "), message);
    assertEquals(0, problem.getStackTrace().length);
  }

  @Test
  void read_plainShapes_allocatesNothing() throws MessageException {
    byte[] call =
        HexFormat.of()
            .parseHex(
                "1222"
                    + "0801"
                    + "1203616464"
                    + "22020854"
                    + "220921000000000000f03f"
                    + "2a05"
                    + "68656c6c6f"
                    + "3064");
    call[1] = (byte) (call.length - 2);
    ByteBuf callBody = Unpooled.wrappedBuffer(call);
    ByteBuf resultBody =
        Unpooled.wrappedBuffer(
            HexFormat.of().parseHex("120b" + "0801" + "12020854" + "1a036f7574"));
    ByteBuf eventBody = Unpooled.wrappedBuffer(HexFormat.of().parseHex("2203" + "0a0161"));
    assertEquals(ClientMessage.MessageCase.CALL, calls.read(callBody));
    assertEquals("add", calls.functionName());
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long fewest = Long.MAX_VALUE;
    // The JIT and the class loader may allocate on this thread once, not every time.
    for (int attempt = 0; attempt < 5; attempt++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 1_000; i++) {
        calls.read(callBody);
        results.read(resultBody);
        results.read(eventBody);
      }
      fewest = Math.min(fewest, threads.getCurrentThreadAllocatedBytes() - before);
    }
    assertTrue(fewest < 1_000, "allocated " + fewest + " bytes in 3,000 reads");
  }

  @Test
  void frames_writeToEveryKindOfBuffer_writesTheSame() {
    for (int seed = 0; seed < 200; seed++) {
      ClientMessage message = new RandomMessages(seed).client();
      ByteBuf heap = Unpooled.buffer(0);
      ByteBuf direct = Unpooled.directBuffer(0);
      ByteBuf composite = Unpooled.compositeBuffer().addComponents(true, direct1(), direct1());
      Frames.write(heap, message);
      Frames.write(direct, message);
      composite.clear();
      Frames.write(composite, message);
      ByteBuf encoded = Frames.encode(ByteBufAllocator.DEFAULT, message);
      assertEquals(encoded.capacity(), encoded.readableBytes());
      assertTrue(ByteBufUtil.equals(heap, direct));
      assertTrue(ByteBufUtil.equals(heap, composite));
      assertTrue(ByteBufUtil.equals(heap, encoded));
      encoded.release();
      direct.release();
      composite.release();
    }
  }

  /** A length in four bytes, whatever it is. */
  private static final Framing FOUR_BYTES =
      new Framing() {
        @Override
        public int headBytes(int bodyBytes) {
          return Integer.BYTES;
        }

        @Override
        public void writeHead(ByteBuf out, int bodyBytes) {
          out.writeInt(bodyBytes);
        }
      };

  @Test
  void write_anotherFraming_putsItInFrontOfTheSameMessage() {
    for (int length : new int[] {0, 1, 100, 125, 126, 200, 70_000}) {
      ByteBuf payload = Unpooled.buffer().writeZero(length);
      ByteBuf pong = Unpooled.buffer(0);
      ResultWriter.writePong(pong, FOUR_BYTES, length);
      ByteBuf event = Unpooled.buffer(0);
      ResultWriter.writeEvent(event, FOUR_BYTES, payload, 0, length, 3);
      ByteBuf result = Unpooled.buffer(0);
      ResultWriter.writeResult(
          result, FOUR_BYTES, 7, new long[1], new byte[] {2}, 1, payload, length);
      ByteBuf varintEvent = Unpooled.buffer(0);
      ResultWriter.writeEvent(varintEvent, Frames.VARINT, payload, 0, length, 3);
      ByteBuf varintResult = Unpooled.buffer(0);
      ResultWriter.writeResult(
          varintResult, Frames.VARINT, 7, new long[1], new byte[] {2}, 1, payload, length);
      ByteBuf varintPong = Unpooled.buffer(0);
      ResultWriter.writePong(varintPong, length);
      assertSameBody(varintPong, pong);
      assertSameBody(varintEvent, event);
      assertSameBody(varintResult, result);
    }
  }

  private static void assertSameBody(ByteBuf varint, ByteBuf four) {
    int bodyBytes = four.readInt();
    assertEquals(bodyBytes, four.readableBytes());
    varint.skipBytes(Frames.varintSize(bodyBytes));
    assertEquals(varint, four);
  }

  @Test
  void varintSize_everyWidth_isWhatIsWritten() {
    for (int bit = 0; bit < 64; bit++) {
      for (long value : new long[] {1L << bit, (1L << bit) - 1, -1L >>> bit}) {
        ByteBuf out = Unpooled.buffer();
        Frames.writeVarint(out, value);
        assertEquals(out.readableBytes(), Frames.varintSize(value), "value " + value);
        out.clear();
        Frames.writeVarint(out, (int) value);
        assertEquals(out.readableBytes(), Frames.varintSize((int) value), "value " + (int) value);
      }
    }
  }

  private static ByteBuf direct1() {
    return Unpooled.directBuffer(7).writeZero(7);
  }

  private void readClient(byte[] bytes) throws MessageException {
    calls.read(Unpooled.wrappedBuffer(bytes));
  }

  private void readServer(byte[] bytes) throws MessageException {
    results.read(Unpooled.wrappedBuffer(bytes));
  }

  private static byte[] withUnknownField(MessageLite message) {
    return message.toByteString().concat(ByteString.copyFrom(new byte[] {0x78, 1})).toByteArray();
  }
}
