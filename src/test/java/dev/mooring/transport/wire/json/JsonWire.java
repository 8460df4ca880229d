package dev.mooring.transport.wire.json;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mooring.guest.intake.ValueType;
import dev.mooring.session.CallRequest;
import dev.mooring.session.Ending;
import dev.mooring.session.OpenRequest;
import dev.mooring.session.Problem;
import dev.mooring.spec.JsonReader;
import dev.mooring.transport.loop.LoopContext;
import dev.mooring.transport.wire.ChannelPeer;
import dev.mooring.transport.wire.Connection;
import dev.mooring.transport.wire.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.Base64;
import java.util.Map;

/** A JSON object of strings for each message, behind its length: eight hexadecimal digits. */
public final class JsonWire implements Wire {
  static final int HEAD_BYTES = 8;

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
    String head = first.toString(first.readerIndex(), Math.min(2, first.readableBytes()), US_ASCII);
    return head.equals("00")
        ? Recognition.YES
        : head.equals("0") ? Recognition.PERHAPS : Recognition.NO;
  }

  @Override
  public ByteBuf refusal(ByteBufAllocator allocator, Problem problem) {
    ByteBuf error = allocator.buffer();
    new JsonEncoder().lastWord(error, new Ending.Failed(problem));
    return error;
  }

  @Override
  public OnLoop on(LoopContext loop) {
    var call = new CallRequest();
    return (channel, admission, config) -> {
      int firstBytes = Math.min(config.frameBytes(), loop.sessions().openBytes());
      var input = new JsonInput(channel.pipeline(), firstBytes);
      var peer =
          new ChannelPeer(
              channel, admission, input, new JsonEncoder(), config, loop.held(), loop.spare());
      var connection = new Connection(loop, peer, config);
      input.deliverTo(json -> receive(connection, json, call));
      channel.pipeline().addLast("json", input).addLast("connection", connection);
    };
  }

  /** Every message has the members of a call, though most are empty. */
  private static void receive(Connection connection, byte[] json, CallRequest call) {
    if (!connection.receive(json.length)) {
      return;
    }
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
