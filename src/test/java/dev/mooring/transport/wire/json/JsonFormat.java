package dev.mooring.transport.wire.json;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mooring.session.ErrorCode;
import dev.mooring.spec.JsonReader;
import dev.mooring.transport.wire.Heard;
import dev.mooring.transport.wire.WireFormat;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The second wire's messages, as a client has them. */
public final class JsonFormat implements WireFormat {
  private static final int HEAD_BYTES = 8;

  private static byte[] message(String type, long number, String name, String more) {
    String written =
        "{\"type\":\"%s\",\"number\":\"%d\",\"name\":\"%s\"%s}".formatted(type, number, name, more);
    return "%08x%s".formatted(written.length(), written).getBytes(UTF_8);
  }

  @Override
  public byte[] open(String module) {
    return message("open", 0, module, "");
  }

  @Override
  public byte[] call(long id, String function, byte[] input, Object... arguments) {
    String typed =
        Arrays.stream(arguments)
            .map(argument -> (argument instanceof Integer ? "I32=" : "I64=") + argument)
            .collect(Collectors.joining(","));
    String bytes = Base64.getEncoder().encodeToString(input);
    String more = ",\"input\":\"%s\",\"arguments\":\"%s\"".formatted(bytes, typed);
    return message("call", id, function, more);
  }

  @Override
  public byte[] cancel(long id) {
    return message("cancel", id, "", "");
  }

  @Override
  public byte[] ping(long token) {
    return message("ping", token, "", "");
  }

  @Override
  public byte[] close() {
    return message("close", 0, "", "");
  }

  @Override
  public byte[] beginning(int messageBytes) {
    return "%08x".formatted(messageBytes).getBytes(UTF_8);
  }

  @Override
  public byte[] garbage() {
    return "00 once upon a time".getBytes(UTF_8);
  }

  @Override
  public @Nullable Heard read(InputStream in) throws IOException {
    byte[] head = in.readNBytes(HEAD_BYTES);
    if (head.length == 0) {
      return null;
    }
    int length = Integer.parseInt(new String(head, UTF_8), 16);
    byte[] json = in.readNBytes(length);
    if (json.length < length) {
      throw new EOFException("within a message");
    }
    var message = (Map<?, ?>) JsonReader.read(json);
    return switch (text(message, "type")) {
      case "opened" -> new Heard.Opened();
      case "result" -> new Heard.Result(number(message), bits(message), bytes(message));
      case "error" -> new Heard.Failed(number(message), ErrorCode.valueOf(text(message, "code")));
      case "event" -> new Heard.Event(bytes(message));
      case "pong" -> new Heard.Pong(number(message));
      case "goAway" -> new Heard.GoAway(number(message));
      case "closed" -> new Heard.Closed(text(message, "reason"));
      default -> throw new IOException("an unknown message: " + message);
    };
  }

  private static List<Long> bits(Map<?, ?> message) {
    String list = text(message, "values").replaceAll("[\\[\\] ]", "");
    return list.isEmpty() ? List.of() : Arrays.stream(list.split(",")).map(Long::valueOf).toList();
  }

  private static String bytes(Map<?, ?> message) {
    return new String(Base64.getDecoder().decode(text(message, "bytes")), ISO_8859_1);
  }

  private static long number(Map<?, ?> message) {
    return Long.parseLong(text(message, "number"));
  }

  private static String text(Map<?, ?> message, String key) {
    return String.valueOf(message.get(key));
  }
}
