package dev.mooring.transport.wire.json;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mooring.guest.intake.ValueType;
import dev.mooring.proto.frame.FrameSink;
import dev.mooring.proto.frame.LengthPrefix;
import dev.mooring.session.CallRequest;
import dev.mooring.session.MessageEncoder;
import dev.mooring.session.OpenRequest;
import dev.mooring.spec.JsonReader;
import dev.mooring.transport.wire.Connection;
import dev.mooring.transport.wire.FramedWire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Base64;
import java.util.Map;
import java.util.function.Function;

/** A JSON object of strings for each message, behind its length: eight hexadecimal digits. */
public final class JsonWire implements FramedWire {
  private static final int HEAD_BYTES = 8;

  private static final LengthPrefix DIGITS =
      new LengthPrefix() {
        @Override
        public long peek(ByteBuf in) {
          try {
            return in.readableBytes() < HEAD_BYTES
                ? INCOMPLETE
                : LengthPrefix.of(Long.parseLong(beginning(in, HEAD_BYTES), 16), HEAD_BYTES);
          } catch (NumberFormatException e) {
            return MALFORMED;
          }
        }

        @Override
        public String problem(ByteBuf in) {
          return "a length is eight hexadecimal digits";
        }
      };

  private static String beginning(ByteBuf bytes, int most) {
    return bytes.toString(bytes.readerIndex(), Math.min(most, bytes.readableBytes()), US_ASCII);
  }

  @Override
  public String alpn() {
    return "mooring-json/1";
  }

  @Override
  public String inWords() {
    return "JSON, each message behind its length in eight digits";
  }

  @Override
  public Recognition recognise(ByteBuf first) {
    return switch (beginning(first, 2)) {
      case "00" -> Recognition.YES;
      case "0" -> Recognition.PERHAPS;
      default -> Recognition.NO;
    };
  }

  @Override
  public LengthPrefix prefix() {
    return DIGITS;
  }

  @Override
  public MessageEncoder encoder(int frameBytes) {
    return new JsonEncoder();
  }

  @Override
  public Function<Connection, FrameSink> readers() {
    var call = new CallRequest();
    return connection ->
        (ctx, bytes, index, length) -> {
          if (connection.receive(length)) {
            receive(connection, ByteBufUtil.getBytes(bytes, index, length), call);
          }
        };
  }

  /** Every message has the members of a call, though most are empty. */
  private static void receive(Connection connection, byte[] json, CallRequest call) {
    Map<?, ?> message;
    long number;
    try {
      message = (Map<?, ?>) JsonReader.read(json);
      number = Long.parseLong(text(message, "number"));
      read(message, number, call);
    } catch (RuntimeException e) {
      connection.malformed("what came is no object of this wire's");
      return;
    }
    switch (text(message, "type")) {
      case "open" ->
          connection.open(
              new OpenRequest(1, text(message, "name"), Map.of(), OpenRequest.WantedLimits.NONE));
      case "call" -> connection.call(call);
      case "cancel" -> connection.cancel(number);
      case "ping" -> connection.ping(number);
      case "close" -> connection.closeRequested();
      default -> connection.malformed("a message of no type that there is");
    }
  }

  private static void read(Map<?, ?> message, long id, CallRequest call) {
    byte[] input = Base64.getDecoder().decode(text(message, "input"));
    call.begin(id, text(message, "name"), CallRequest.NO_INDEX, 0);
    call.input(Unpooled.wrappedBuffer(input), 0, input.length);
    String[] arguments = text(message, "arguments").split("[=,]", -1);
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      call.addArgument(ValueType.valueOf(arguments[i]), Long.parseLong(arguments[i + 1]));
    }
  }

  private static String text(Map<?, ?> message, String key) {
    return message.get(key) instanceof String text ? text : "";
  }
}
