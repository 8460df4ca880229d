package dev.mooring.proto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.TextFormat;
import dev.mooring.proto.FrameExplainer.Row;
import dev.mooring.proto.GoldenFrame.Direction;
import dev.mooring.proto.GoldenFrames.Definition;
import dev.mooring.proto.frame.FrameDecoder;
import dev.mooring.proto.frame.FrameException;
import dev.mooring.proto.frame.Sink;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.ServerMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The files of {@code proto/vectors}: that they are what {@link GoldenFrames} says, that what they
 * say of themselves is true, and that the decoder makes the same of them however they arrive.
 *
 * <p>After a change to {@link GoldenFrames}, {@code -Dmooring.vectors=write} among the arguments of
 * the test's JVM writes the files anew; the next run then reads them.
 */
final class GoldenFrameVectorTest {
  private static final Path VECTORS = Path.of("..", "vectors");
  private static final int MAX_FRAME_BYTES = 4 << 20;
  private static final int ROW_BYTES = 16;
  private static final HexFormat HEX = HexFormat.ofDelimiter(" ");

  @Test
  void files_ofEveryFrame_areWhatIsDefined() throws IOException {
    boolean write = Objects.equals(System.getProperty("mooring.vectors"), "write");
    var expected = new TreeSet<String>();
    for (Definition frame : GoldenFrames.definitions()) {
      Path bin = VECTORS.resolve(frame.name() + ".bin");
      Path txt = VECTORS.resolve(frame.name() + ".txt");
      assertTrue(expected.add(bin.getFileName().toString()), frame.name() + " is there twice");
      expected.add(txt.getFileName().toString());
      if (write) {
        Files.createDirectories(VECTORS);
        Files.write(bin, frame.bytes());
        Files.writeString(txt, text(frame));
      }
      assertArrayEquals(frame.bytes(), Files.readAllBytes(bin), frame.name());
      assertEquals(text(frame), Files.readString(txt), frame.name());
    }
    var present = new TreeSet<String>();
    try (var files = Files.list(VECTORS)) {
      files.map(file -> file.getFileName().toString()).forEach(present::add);
    }
    assertEquals(expected, present);
  }

  /** Reads the texts as a stranger would, with nothing but what they say. */
  @Test
  void texts_readByThemselves_tellTheirBytesAndTheirMessage() throws IOException {
    for (GoldenFrame frame : GoldenFrames.all()) {
      var bytes = new ByteArrayOutputStream();
      for (String line : Files.readAllLines(VECTORS.resolve(frame.name() + ".txt"))) {
        if (line.startsWith("message: ")) {
          Message.Builder told = instance(frame.direction()).newBuilderForType();
          TextFormat.merge(line.substring("message: ".length()), told);
          assertEquals(frame.message(), told.build(), frame.name());
        } else if (line.startsWith("error: ")) {
          assertEquals(
              frame.error(), ErrorCode.valueOf(line.substring("error: ".length())), frame.name());
        } else if (line.matches("[0-9a-f]{4}  .*")) {
          assertEquals(bytes.size(), Integer.parseInt(line.substring(0, 4), 16), frame.name());
          String hex = line.substring(6, Math.min(line.length(), 6 + 3 * ROW_BYTES)).strip();
          bytes.writeBytes(HEX.parseHex(hex));
        }
      }
      assertArrayEquals(frame.bytes(), bytes.toByteArray(), frame.name());
    }
  }

  @Test
  void protobuf_everyGoodFrame_readsAndWritesTheSame() throws IOException {
    for (GoldenFrame frame : GoldenFrames.all()) {
      if (frame.message() == null) {
        continue;
      }
      var builder = instance(frame.direction()).newBuilderForType();
      var input = new ByteArrayInputStream(frame.bytes());
      assertTrue(builder.mergeDelimitedFrom(input));
      assertEquals(0, input.available());
      assertEquals(frame.message(), withoutUnknownFields(builder.build()), frame.name());
      if (frame.canonical()) {
        var written = new ByteArrayOutputStream();
        frame.message().writeDelimitedTo(written);
        assertArrayEquals(frame.bytes(), written.toByteArray(), frame.name());
      }
    }
  }

  @Test
  void definitions_coverEveryMessageErrorTrapAndReason() {
    var text = new StringBuilder();
    for (GoldenFrame frame : GoldenFrames.all()) {
      if (frame.message() != null) {
        text.append(TextFormat.printer().emittingSingleLine(true).printToString(frame.message()))
            .append('\n');
      }
    }
    for (var type : List.of(ClientMessage.getDescriptor(), ServerMessage.getDescriptor())) {
      for (var member : type.getFields()) {
        assertTrue(text.indexOf(member.getName() + " {") >= 0, member.getName());
      }
    }
    for (var type : ErrorCode.getDescriptor().getFile().getEnumTypes()) {
      for (var value : type.getValues()) {
        if (value.getNumber() != 0) {
          assertTrue(text.indexOf(": " + value.getName()) >= 0, value.getFullName());
        }
      }
    }
  }

  @Test
  void definitions_coverEveryFieldOfEveryMessage() {
    var set = new TreeSet<String>();
    for (GoldenFrame frame : GoldenFrames.all()) {
      if (frame.message() != null) {
        collectFields(frame.message(), set);
      }
    }
    var declared = new TreeSet<String>();
    for (Descriptor type : ErrorCode.getDescriptor().getFile().getMessageTypes()) {
      type.getFields().forEach(field -> declared.add(field.getFullName()));
    }
    assertEquals(declared, set);
  }

  private static void collectFields(MessageOrBuilder message, Set<String> set) {
    for (Map.Entry<FieldDescriptor, Object> field : message.getAllFields().entrySet()) {
      set.add(field.getKey().getFullName());
      if (!field.getKey().isMapField()) {
        List<?> values =
            field.getValue() instanceof List<?> many ? many : List.of(field.getValue());
        for (Object value : values) {
          if (value instanceof Message part) {
            collectFields(part, set);
          }
        }
      }
    }
  }

  @Test
  void decoder_everyFrameSplitAtEveryPosition_readsTheSame() throws MessageException {
    for (GoldenFrame frame : goodFrames()) {
      byte[] bytes = frame.bytes();
      for (int split = 0; split <= bytes.length; split++) {
        var wire = new Wire(frame.direction(), decoder -> {});
        wire.send(bytes, 0, split);
        wire.send(bytes, split, bytes.length);
        assertEquals(List.of(Objects.requireNonNull(frame.message())), wire.close(), frame.name());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void decoder_hundredFramesByteByByte_readsTheSame(Direction direction) throws MessageException {
    var hundred = new Hundred(direction);
    var wire = new Wire(direction, decoder -> {});
    for (int i = 0; i < hundred.bytes.length; i++) {
      wire.send(hundred.bytes, i, i + 1);
    }
    assertEquals(hundred.messages, wire.close());
  }

  @ParameterizedTest
  @EnumSource
  void decoder_hundredFramesPausedAtEach_readsOneAtATime(Direction direction)
      throws MessageException {
    var hundred = new Hundred(direction);
    for (int read : new int[] {1, 7, hundred.bytes.length}) {
      var wire = new Wire(direction, FrameDecoder::pause);
      for (int at = 0; at < hundred.bytes.length; at += read) {
        wire.send(hundred.bytes, at, Math.min(at + read, hundred.bytes.length));
      }
      for (int frames = 1; frames <= hundred.messages.size(); frames++) {
        assertEquals(frames, wire.decoder.framesDelivered());
        wire.decoder.resume();
      }
      assertEquals(hundred.messages, wire.close());
    }
  }

  @ParameterizedTest
  @EnumSource
  void decoder_hundredFramesCutAndPausedAtRandom_readsTheSame(Direction direction)
      throws MessageException {
    var hundred = new Hundred(direction);
    for (long seed = 0; seed < 20; seed++) {
      var random = new Random(seed);
      var wire =
          new Wire(
              direction,
              decoder -> {
                if (random.nextInt(4) == 0) {
                  decoder.pause();
                }
              });
      for (int at = 0; at < hundred.bytes.length; ) {
        int to = Math.min(at + 1 + random.nextInt(200), hundred.bytes.length);
        wire.send(hundred.bytes, at, to);
        at = to;
        if (random.nextInt(3) == 0) {
          wire.decoder.resume();
        }
      }
      while (wire.decoder.bufferedBytes() > 0) {
        wire.decoder.resume();
      }
      assertEquals(hundred.messages, wire.close(), "seed " + seed);
    }
  }

  @Test
  void badFrames_splitAtEveryPosition_failWithTheirError() {
    for (GoldenFrame frame : GoldenFrames.bad()) {
      byte[] bytes = frame.bytes();
      for (int split = 0; split <= bytes.length; split++) {
        var wire = new Wire(Direction.CLIENT, decoder -> {});
        wire.send(bytes, 0, split);
        wire.send(bytes, split, bytes.length);
        if (frame.message() != null) {
          // A good frame, and a request that can't be met: that is the session's to say.
          assertEquals(1, wire.sink.bodies.size(), frame.name());
        } else if (frame.error() == ErrorCode.MALFORMED_MESSAGE) {
          assertEquals(1, wire.sink.bodies.size(), frame.name());
          assertMalformed(frame, Unpooled.wrappedBuffer(wire.sink.bodies.getFirst()));
        } else {
          assertEquals(frame.error(), code(wire.sink.onlyFrameException()), frame.name());
        }
        wire.channel.finishAndReleaseAll();
      }
    }
  }

  private static ErrorCode code(FrameException problem) {
    return switch (problem.kind()) {
      case MALFORMED_LENGTH -> ErrorCode.MALFORMED_FRAME;
      case FRAME_TOO_LARGE -> ErrorCode.FRAME_TOO_LARGE;
    };
  }

  /** Either it isn't a message at all, or it holds nothing that this version knows. */
  private static void assertMalformed(GoldenFrame frame, ByteBuf body) {
    var reader = new CallReader();
    if (frame.name().equals("bad-message-empty") || frame.name().equals("bad-message-unknown")) {
      try {
        assertEquals(ClientMessage.MessageCase.MESSAGE_NOT_SET, reader.read(body));
      } catch (MessageException e) {
        throw new AssertionError(frame.name(), e);
      }
    } else {
      assertThrows(MessageException.class, () -> reader.read(body), frame.name());
    }
  }

  private static List<GoldenFrame> goodFrames() {
    var frames = new ArrayList<>(GoldenFrames.good(Direction.CLIENT));
    frames.addAll(GoldenFrames.good(Direction.SERVER));
    return frames;
  }

  private static Message instance(Direction direction) {
    return direction == Direction.CLIENT
        ? ClientMessage.getDefaultInstance()
        : ServerMessage.getDefaultInstance();
  }

  private static Message withoutUnknownFields(Message message) {
    return Objects.requireNonNull(
        Reference.parse(message.toByteArray(), message.getDefaultInstanceForType()));
  }

  private static String text(Definition frame) {
    var text = new StringBuilder(frame.prose()).append("\n\n");
    text.append("direction: ")
        .append(frame.direction() == Direction.CLIENT ? "client" : "server")
        .append('\n');
    if (frame.message() != null) {
      text.append("message: ")
          .append(
              TextFormat.printer().emittingSingleLine(true).printToString(frame.message()).strip())
          .append('\n');
    }
    if (frame.error() != null) {
      text.append("error: ").append(frame.error()).append('\n');
    }
    text.append('\n');
    int offset = 0;
    for (Row row : frame.rows()) {
      String meaning = row.meaning();
      for (int from = 0; from < row.bytes().size(); from += ROW_BYTES) {
        int to = Math.min(from + ROW_BYTES, row.bytes().size());
        String hex = HEX.formatHex(row.bytes().substring(from, to).toByteArray());
        text.append("%04x  %-47s  %s".formatted(offset, hex, meaning).stripTrailing()).append('\n');
        offset += to - from;
        meaning = "";
      }
    }
    return text.toString();
  }

  /** The good frames of one direction, over and over, until there are a hundred. */
  private static final class Hundred {
    final List<Message> messages = new ArrayList<>();
    final byte[] bytes;

    Hundred(Direction direction) {
      var all = new ByteArrayOutputStream();
      List<GoldenFrame> frames = GoldenFrames.good(direction);
      for (int i = 0; i < 100; i++) {
        GoldenFrame frame = frames.get(i % frames.size());
        all.writeBytes(frame.bytes());
        messages.add(Objects.requireNonNull(frame.message()));
      }
      bytes = all.toByteArray();
    }
  }

  /** A decoder with both of the ways to read a message behind it. */
  private static final class Wire {
    final FrameDecoder decoder = new FrameDecoder(MAX_FRAME_BYTES);
    final Sink sink = new Sink();
    final EmbeddedChannel channel = new EmbeddedChannel(decoder, sink);
    final Direction direction;

    Wire(Direction direction, Consumer<FrameDecoder> onFrame) {
      this.direction = direction;
      sink.onFrame = body -> onFrame.accept(decoder);
    }

    void send(byte[] bytes, int from, int to) {
      channel.writeInbound(Unpooled.wrappedBuffer(Arrays.copyOfRange(bytes, from, to)));
    }

    /** What came, read by the generated classes, and checked against the fast readers. */
    List<Message> close() throws MessageException {
      assertEquals(0, decoder.bufferedBytes());
      channel.finishAndReleaseAll();
      assertEquals(List.of(), sink.problems);
      var messages = new ArrayList<Message>();
      for (byte[] bytes : sink.bodies) {
        ByteBuf body = Unpooled.wrappedBuffer(bytes);
        if (direction == Direction.CLIENT) {
          ClientMessage message = Messages.parseClient(body);
          assertEquals(message.getMessageCase(), new CallReader().read(body));
          messages.add(message);
        } else {
          ServerMessage message = Messages.parseServer(body);
          assertEquals(message.getMessageCase(), new ResultReader().read(body));
          messages.add(message);
        }
      }
      return messages;
    }
  }
}
