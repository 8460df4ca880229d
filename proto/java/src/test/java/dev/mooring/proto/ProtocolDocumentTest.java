package dev.mooring.proto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.ProtocolMessageEnum;
import com.google.protobuf.TextFormat;
import dev.mooring.proto.frame.FrameDecoder;
import dev.mooring.proto.frame.Sink;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.proto.v1.TrapKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** That PROTOCOL.md tells the truth, where a test can know it. */
final class ProtocolDocumentTest {
  private static final Path DOCUMENT = Path.of("..", "PROTOCOL.md");
  private static final Pattern STEP =
      Pattern.compile("^(client|server): (.*)\\n((?: {4}[0-9a-f ]+\\n)+)", Pattern.MULTILINE);
  private static final Pattern NUMBERED =
      Pattern.compile("^\\| (\\d+) \\| `([A-Z_]+)` \\| (.*) \\|$", Pattern.MULTILINE);
  private static final Pattern MEMBER =
      Pattern.compile("^\\| `([a-z_]+)` = (\\d+) \\|", Pattern.MULTILINE);

  private static final Pattern FIELDS_OF =
      Pattern.compile("^### `(\\w+)`\\n((?:(?!#).*\\n)*)", Pattern.MULTILINE);
  private static final Pattern FIELD =
      Pattern.compile("^\\| (\\d+) \\| `([a-z0-9_]+)` \\| `([^`]+)` \\|", Pattern.MULTILINE);

  private final String document;

  ProtocolDocumentTest() throws IOException {
    document = Files.readString(DOCUMENT);
  }

  @Test
  void exchange_everyStep_isItsFrameAndItsMessage() throws IOException, MessageException {
    int steps = 0;
    int notMessages = 0;
    for (String block : blocks("exchange")) {
      Matcher step = STEP.matcher(block);
      int end = 0;
      while (step.find()) {
        assertEquals(end, step.start(), "lines that are no step");
        end = step.end();
        steps++;
        byte[] body = onlyFrame(HexFormat.of().parseHex(step.group(3).replaceAll("\\s", "")));
        boolean client = step.group(1).equals("client");
        if (step.group(2).equals("(not a message)")) {
          notMessages++;
          var problem =
              assertThrows(
                  MessageException.class, () -> Messages.parseClient(Unpooled.wrappedBuffer(body)));
          // What the document then has the server say is what ours says.
          assertTrue(block.contains(String.valueOf(problem.getMessage())), problem.getMessage());
          continue;
        }
        Message.Builder told = client ? ClientMessage.newBuilder() : ServerMessage.newBuilder();
        TextFormat.merge(step.group(2), told);
        ByteBuf wire = Unpooled.wrappedBuffer(body);
        assertEquals(
            told.build(), client ? Messages.parseClient(wire) : Messages.parseServer(wire));
      }
      assertEquals(end, block.length(), "lines that are no step");
    }
    assertEquals(14, steps);
    assertEquals(1, notMessages);
  }

  @Test
  void byteByByte_linesTogether_areTheCallOfTheExchange() {
    String lines = blocks("").stream().filter(b -> b.startsWith("0a   ")).findFirst().orElseThrow();
    var hex = new StringBuilder();
    lines.lines().forEach(line -> hex.append(line.substring(0, 12).strip()).append(' '));
    assertTrue(document.contains("    " + hex.toString().strip() + "\n"), hex::toString);
  }

  @Test
  void tables_everyErrorAndTrap_areThereOnceWithTheirNumbers() {
    var expected = new ArrayList<String>();
    for (ProtocolMessageEnum value : values()) {
      expected.add(value.getNumber() + " " + value);
    }
    var told = new ArrayList<String>();
    Matcher row = NUMBERED.matcher(document);
    while (row.find()) {
      told.add(row.group(1) + " " + row.group(2));
    }
    assertEquals(expected, told);
  }

  @Test
  void tables_everyError_sayWhetherItIsRetryableAsTheGoldenFramesDo() {
    var told = new TreeSet<String>();
    Matcher row = NUMBERED.matcher(document);
    while (row.find()) {
      if (row.group(3).contains("| yes |")) {
        told.add(row.group(2));
      }
    }
    var golden = new TreeSet<String>();
    for (GoldenFrame frame : GoldenFrames.all()) {
      if (frame.message() instanceof ServerMessage message && message.getError().getRetryable()) {
        golden.add(message.getError().getCode().name());
      }
    }
    assertEquals(golden, told);
  }

  @Test
  void tables_everyMember_areThereWithTheirNumbers() {
    var expected = new ArrayList<String>();
    for (var type : List.of(ClientMessage.getDescriptor(), ServerMessage.getDescriptor())) {
      type.getFields().forEach(field -> expected.add(field.getName() + " " + field.getNumber()));
    }
    var told = new ArrayList<String>();
    Matcher row = MEMBER.matcher(document);
    while (row.find()) {
      told.add(row.group(1) + " " + row.group(2));
    }
    assertEquals(expected, told);
  }

  @Test
  void fields_ofEveryOtherMessage_areThereWithTheirNumbersAndTypes() {
    var expected = new TreeMap<String, List<String>>();
    for (Descriptor message : ErrorCode.getDescriptor().getFile().getMessageTypes()) {
      expected.put(
          message.getName(),
          message.getFields().stream()
              .map(field -> field.getNumber() + " " + field.getName() + " " + type(field))
              .toList());
    }
    // Their members have tables of another form.
    expected.remove("ClientMessage");
    expected.remove("ServerMessage");
    var told = new TreeMap<String, List<String>>();
    Matcher message = FIELDS_OF.matcher(document);
    while (message.find()) {
      var fields = new ArrayList<String>();
      Matcher field = FIELD.matcher(message.group(2));
      while (field.find()) {
        fields.add(field.group(1) + " " + field.group(2) + " " + field.group(3));
      }
      told.put(message.group(1), fields);
    }
    assertEquals(expected, told);
  }

  private static String type(FieldDescriptor field) {
    if (field.isMapField()) {
      List<FieldDescriptor> entry = field.getMessageType().getFields();
      return "map<" + type(entry.get(0)) + ", " + type(entry.get(1)) + ">";
    }
    String name =
        switch (field.getJavaType()) {
          case MESSAGE -> field.getMessageType().getName();
          case ENUM -> field.getEnumType().getName();
          default -> field.getType().name().toLowerCase(Locale.ROOT);
        };
    return field.isRepeated() ? "repeated " + name : name;
  }

  @Test
  void enums_withoutTables_areThereWithTheirNumbers() {
    for (EnumDescriptor type : ErrorCode.getDescriptor().getFile().getEnumTypes()) {
      if (type != ErrorCode.getDescriptor() && type != TrapKind.getDescriptor()) {
        String line =
            document
                .lines()
                .filter(candidate -> candidate.startsWith("`" + type.getName() + "`: "))
                .findFirst()
                .orElseThrow();
        var told = new ArrayList<String>();
        Matcher value = Pattern.compile("`(\\w+)` = (\\d+)").matcher(line);
        while (value.find()) {
          told.add(value.group(1) + " " + value.group(2));
        }
        var expected =
            type.getValues().stream()
                .filter(known -> known.getNumber() != 0)
                .map(known -> known.getName() + " " + known.getNumber())
                .toList();
        assertEquals(expected, told);
      }
    }
  }

  @Test
  void links_withinTheDocument_leadSomewhere() {
    var anchors = new TreeSet<String>();
    document
        .lines()
        .filter(line -> line.startsWith("#"))
        .forEach(
            line ->
                anchors.add(
                    line.replaceFirst("#+ ", "")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z0-9 -]", "")
                        .replace(' ', '-')));
    Matcher link = Pattern.compile("\\]\\(([^)]*)\\)").matcher(document);
    while (link.find()) {
      String target = link.group(1);
      if (target.startsWith("#")) {
        assertTrue(anchors.contains(target.substring(1)), target);
      } else {
        assertTrue(Files.exists(DOCUMENT.resolveSibling(target)), target);
      }
    }
  }

  private static List<ProtocolMessageEnum> values() {
    var values = new ArrayList<ProtocolMessageEnum>();
    Arrays.stream(ErrorCode.values())
        .filter(code -> code != ErrorCode.UNRECOGNIZED && code.getNumber() != 0)
        .forEach(values::add);
    Arrays.stream(TrapKind.values())
        .filter(trap -> trap != TrapKind.UNRECOGNIZED && trap.getNumber() != 0)
        .forEach(values::add);
    return values;
  }

  private List<String> blocks(String language) {
    var blocks = new ArrayList<String>();
    Matcher block = Pattern.compile("```([a-z]*)\\n(.*?)```", Pattern.DOTALL).matcher(document);
    while (block.find()) {
      if (block.group(1).equals(language)) {
        blocks.add(block.group(2));
      }
    }
    return blocks;
  }

  private static byte[] onlyFrame(byte[] bytes) {
    var sink = new Sink();
    var channel = new EmbeddedChannel(new FrameDecoder(4 << 20), sink);
    channel.writeInbound(Unpooled.wrappedBuffer(bytes));
    channel.finishAndReleaseAll();
    assertEquals(1, sink.bodies.size());
    byte[] body = sink.bodies.getFirst();
    assertEquals(bytes.length, Frames.frameBytes(body.length));
    return body;
  }
}
