package dev.mooring.transport.wire.mooring;

import dev.mooring.proto.CallReader;
import dev.mooring.proto.MessageException;
import dev.mooring.proto.frame.FrameSink;
import dev.mooring.proto.v1.Call.FunctionCase;
import dev.mooring.session.CallRequest;
import dev.mooring.session.TraceParent;
import dev.mooring.transport.wire.Connection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;

/**
 * Reads a connection's frames, which come straight from the decoder, as messages of Mooring's own
 * protocol.
 *
 * <p>Event loop only.
 *
 * @param scratch the loop's
 */
public record MessageReader(Connection connection, Scratch scratch) implements FrameSink {
  /**
   * What messages are read into, one at a time: all connections of an event loop share it.
   *
   * @param request the call that the reader last read, in the session's words
   */
  public record Scratch(CallReader reader, CallRequest request) {
    public Scratch() {
      this(new CallReader(), new CallRequest());
    }
  }

  @Override
  public void frame(ChannelHandlerContext ctx, ByteBuf bytes, int index, int length) {
    if (connection.receive(length)) {
      try {
        read(bytes, index, length);
      } catch (MessageException e) {
        connection.malformed(String.valueOf(e.getMessage()));
      }
    }
  }

  private void read(ByteBuf bytes, int index, int length) throws MessageException {
    CallReader reader = scratch.reader();
    switch (reader.read(bytes, index, length)) {
      case CALL -> connection.call(callRequest(reader, bytes));
      case OPEN -> connection.open(Messages.openRequest(reader.message().getOpen()));
      case CANCEL -> connection.cancel(reader.message().getCancel().getId());
      case PING -> connection.ping(reader.message().getPing().getToken());
      case CLOSE -> connection.closeRequested();
      case ACKNOWLEDGE -> connection.acknowledge(reader.message().getAcknowledge().getReceived());
      case MESSAGE_NOT_SET ->
          connection.malformed(
              "a ClientMessage that holds none of open, call, cancel, ping, close and acknowledge");
    }
  }

  private CallRequest callRequest(CallReader reader, ByteBuf bytes) {
    CallRequest request = scratch.request();
    FunctionCase function = reader.function();
    request.begin(
        reader.id(),
        function == FunctionCase.NAME ? reader.functionName() : null,
        function == FunctionCase.INDEX
            ? Integer.toUnsignedLong(reader.functionIndex())
            : CallRequest.NO_INDEX,
        reader.timeoutMs());
    request.input(bytes, reader.inputIndex(), reader.inputLength());
    if (!reader.traceparent().isEmpty()) {
      request.trace(TraceParent.of(reader.traceparent()));
    }
    for (int i = 0; i < reader.valueCount(); i++) {
      request.addArgument(Messages.type(reader.types()[i]), reader.values()[i]);
    }
    return request;
  }
}
