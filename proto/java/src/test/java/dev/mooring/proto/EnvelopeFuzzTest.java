package dev.mooring.proto;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mooring.fuzz.FuzzContract;
import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.ServerMessage;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Any bytes are to our readers what they are to protobuf-java, and what was read is written in the
 * same bytes as protobuf-java's. An input is a frame's body; it is read as either side's.
 */
public final class EnvelopeFuzzTest extends FuzzContract {
  private static final EnvelopeCheck CHECK = new EnvelopeCheck();

  @Override
  protected List<byte[]> seeds() {
    var seeds = new ArrayList<byte[]>();
    for (GoldenFrame frame : GoldenFrames.all()) {
      byte[] wire = frame.bytes();
      for (int length = 0; length < wire.length; length++) {
        if (wire[length] >= 0) {
          seeds.add(Arrays.copyOfRange(wire, length + 1, wire.length));
          break;
        }
      }
    }
    for (int seed = 0; seed < 50; seed++) {
      seeds.add(new RandomMessages(seed).client().toByteArray());
      seeds.add(new RandomMessages(seed).server().toByteArray());
    }
    return seeds;
  }

  @Override
  protected void execute(byte[] input) throws MessageException {
    fuzzerTestOneInput(input);
  }

  /** Jazzer's entry. */
  public static void fuzzerTestOneInput(byte[] input) throws MessageException {
    ClientMessage client = Reference.parse(input, ClientMessage.getDefaultInstance());
    if (client == null || exceedsBound(client)) {
      assertThrows(MessageException.class, () -> CHECK.calls.read(Unpooled.wrappedBuffer(input)));
    } else if (input.length <= Messages.MAX_CLIENT_ELEMENTS || isRead(input)) {
      CHECK.assertClient(client, input, "client");
      if (client.hasCall()
          && client.getCall().getFunctionCase() != Call.FunctionCase.FUNCTION_NOT_SET) {
        EnvelopeCheck.assertWrites(client.getCall(), "call");
      }
    }
    ServerMessage server = Reference.parse(input, ServerMessage.getDefaultInstance());
    if (server == null) {
      assertThrows(MessageException.class, () -> CHECK.results.read(Unpooled.wrappedBuffer(input)));
    } else {
      CHECK.assertServer(server, input, "server");
      switch (server.getMessageCase()) {
        case RESULT -> EnvelopeCheck.assertWrites(server.getResult(), "result");
        case EVENT -> EnvelopeCheck.assertWrites(server.getEvent(), "event");
        case PONG -> EnvelopeCheck.assertWritesPong(server.getPong().getToken(), "pong");
        default -> {}
      }
    }
  }

  private static boolean exceedsBound(ClientMessage client) {
    return client.getCall().getArgumentsCount() > Messages.MAX_CLIENT_ELEMENTS
        || client.getOpen().getConfigCount() > Messages.MAX_CLIENT_ELEMENTS;
  }

  /**
   * Elements count by what is on the wire, and protobuf-java doesn't say how many there were: a map
   * keeps one of those with the same key, a message of another kind drops what came before it. Each
   * takes two bytes, so only a long input can have too many.
   */
  private static boolean isRead(byte[] input) {
    try {
      CHECK.calls.read(Unpooled.wrappedBuffer(input));
      return true;
    } catch (MessageException e) {
      return !String.valueOf(e.getMessage()).contains("elements");
    }
  }
}
