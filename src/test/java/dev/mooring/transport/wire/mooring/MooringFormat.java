package dev.mooring.transport.wire.mooring;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.Cancel;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Close;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Ping;
import dev.mooring.proto.v1.Result;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.proto.v1.Value;
import dev.mooring.session.ErrorCode;
import dev.mooring.transport.wire.Heard;
import dev.mooring.transport.wire.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Mooring's own protocol, by the generated messages. */
public final class MooringFormat implements WireFormat {
  private static byte[] frame(ClientMessage.Builder message) {
    var bytes = new ByteArrayOutputStream();
    try {
      message.build().writeDelimitedTo(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  @Override
  public byte[] open(String module) {
    return frame(
        ClientMessage.newBuilder()
            .setOpen(Open.newBuilder().setProtocolVersion(1).setModule(module)));
  }

  @Override
  public byte[] call(long id, String function, byte[] input, Object... arguments) {
    var call = Call.newBuilder().setId(id).setName(function).setInput(ByteString.copyFrom(input));
    for (Object argument : arguments) {
      call.addArguments(
          argument instanceof Integer number
              ? Value.newBuilder().setI32(number)
              : Value.newBuilder().setI64((Long) argument));
    }
    return frame(ClientMessage.newBuilder().setCall(call));
  }

  @Override
  public byte[] cancel(long id) {
    return frame(ClientMessage.newBuilder().setCancel(Cancel.newBuilder().setId(id)));
  }

  @Override
  public byte[] ping(long token) {
    return frame(ClientMessage.newBuilder().setPing(Ping.newBuilder().setToken(token)));
  }

  @Override
  public byte[] close() {
    return frame(ClientMessage.newBuilder().setClose(Close.getDefaultInstance()));
  }

  @Override
  public byte[] beginning(int messageBytes) {
    var bytes = new ByteArrayOutputStream();
    try {
      var out = CodedOutputStream.newInstance(bytes);
      out.writeUInt32NoTag(messageBytes);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  @Override
  public byte[] garbage() {
    return new byte[] {-1, -1, -1, -1, -1, 1, 2, 3};
  }

  @Override
  public @Nullable Heard read(InputStream in) throws IOException {
    ServerMessage message = ServerMessage.parseDelimitedFrom(in);
    if (message == null) {
      return null;
    }
    return switch (message.getMessageCase()) {
      case OPENED -> new Heard.Opened();
      case RESULT -> result(message.getResult());
      case ERROR ->
          new Heard.Failed(
              message.getError().getId(), ErrorCode.valueOf(message.getError().getCode().name()));
      case EVENT -> new Heard.Event(text(message.getEvent().getPayload()));
      case PONG -> new Heard.Pong(message.getPong().getToken());
      case GO_AWAY -> new Heard.GoAway(message.getGoAway().getLastId());
      case CLOSED -> new Heard.Closed(message.getClosed().getReason().name());
      case MESSAGE_NOT_SET -> throw new IOException("a message that says nothing");
    };
  }

  private static Heard result(Result result) {
    List<Long> bits =
        result.getValuesList().stream()
            .map(value -> value.hasI32() ? value.getI32() & 0xffff_ffffL : value.getI64())
            .toList();
    return new Heard.Result(result.getId(), bits, text(result.getOutput()));
  }

  private static String text(ByteString bytes) {
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }
}
