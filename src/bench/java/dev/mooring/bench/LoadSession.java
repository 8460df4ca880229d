package dev.mooring.bench;

import dev.mooring.proto.CallWriter;
import dev.mooring.proto.Frames;
import dev.mooring.proto.MessageException;
import dev.mooring.proto.ResultReader;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Close;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.Export;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Opened;
import dev.mooring.proto.v1.ValueType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A session of the load generator's, from connecting to the end: it opens, and then is told what
 * comes back. Nothing is allocated for a call but the buffer that it is written to.
 *
 * <p>Its load loop's thread only.
 */
abstract class LoadSession extends ChannelInboundHandlerAdapter {
  private static final int PROTOCOL_VERSION = 1;
  private static final long[] NO_VALUES = {};
  private static final byte[] NO_TYPES = {};
  private static final byte[] I32 = {ValueType.I32_VALUE};
  private static final byte[] I64 = {ValueType.I64_VALUE};

  private final String module;
  private final ResultReader reader = new ResultReader();
  private final long[] argument = new long[1];
  private @Nullable Channel channel;
  private @Nullable Opened opened;
  private long lastId;

  LoadSession(String module) {
    this.module = module;
  }

  /** What it asks for beside its module. */
  Open.Builder open() {
    return Open.newBuilder();
  }

  /** It may be called now. */
  abstract void opened();

  /** A call was answered with what {@code body} holds at {@code at}, if it is bytes. */
  void result(long id, ByteBuf body, int at, int length) {}

  /** A call failed, or, if its id is 0, the connection did. */
  void error(Error error) {}

  /** What was written has gone, so that more may be. */
  void writable() {}

  /** The end, also if it could not connect. */
  void closed() {}

  /** Connects, opens, and goes on from there. */
  void start(LoadLoop loop) {
    var _ =
        loop.connect()
            .addListener(
                (ChannelFuture connected) -> {
                  if (connected.isSuccess()) {
                    start(loop, connected.channel());
                  } else {
                    closed();
                  }
                });
  }

  /** Opens on a connection that there is; gRPC's takes any number. */
  void start(LoadLoop loop, Channel connection) {
    var _ =
        loop.begin(connection)
            .addListener(
                (Future<Channel> begun) -> {
                  if (begun.isSuccess()) {
                    begin(begun.getNow());
                  } else {
                    closed();
                  }
                });
  }

  /** Opens on a channel that takes messages. */
  void begin(Channel ready) {
    channel = ready;
    ready.pipeline().addLast(this);
    Open.Builder open = open().setProtocolVersion(PROTOCOL_VERSION).setModule(module);
    send(Frames.encode(ready.alloc(), ClientMessage.newBuilder().setOpen(open).build()));
  }

  Channel channel() {
    if (channel == null) {
      throw new IllegalStateException("not connected");
    }
    return channel;
  }

  /** Whether it has opened and not ended. */
  boolean isOpen() {
    return opened != null && channel().isActive();
  }

  /** Which of the module's exports a function is. */
  int function(String name) {
    int index = 0;
    if (opened != null) {
      for (Export export : opened.getExportsList()) {
        if (export.getName().equals(name)) {
          return index;
        }
        index++;
      }
    }
    throw new IllegalStateException(module + " has no function " + name);
  }

  /** Writes a call to {@code out}, and says which id it got. */
  long writeCall(ByteBuf out, int function, ByteBuf input) {
    CallWriter.writeCall(out, ++lastId, function, NO_VALUES, NO_TYPES, 0, input, 0, "");
    return lastId;
  }

  /** Writes a call with an i32, and says which id it got. */
  long writeCall(ByteBuf out, int function, int value) {
    argument[0] = value;
    CallWriter.writeCall(out, ++lastId, function, argument, I32, 1, Unpooled.EMPTY_BUFFER, 0, "");
    return lastId;
  }

  /** Writes a call with an i64, and says which id it got. */
  long writeCall(ByteBuf out, int function, long value) {
    argument[0] = value;
    CallWriter.writeCall(out, ++lastId, function, argument, I64, 1, Unpooled.EMPTY_BUFFER, 0, "");
    return lastId;
  }

  /** What the function returned whose result is being told; its bits. */
  long value() {
    return reader.values()[0];
  }

  /** The place of the result that is being told among what a kept session has said. */
  long sequence() {
    return reader.sequence();
  }

  /** Calls begin above this id. */
  void beginAbove(long id) {
    lastId = id;
  }

  /** What the server said of the session. */
  Opened said() {
    if (opened == null) {
      throw new IllegalStateException("not open");
    }
    return opened;
  }

  void send(ByteBuf frames) {
    channel().writeAndFlush(frames, channel().voidPromise());
  }

  /** Says goodbye as the protocol has it; the server then ends the connection. */
  void sendClose() {
    send(
        Frames.encode(
            channel().alloc(),
            ClientMessage.newBuilder().setClose(Close.getDefaultInstance()).build()));
  }

  ChannelFuture close() {
    return channel().close();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws MessageException {
    ByteBuf body = (ByteBuf) message;
    try {
      switch (reader.read(body)) {
        case RESULT -> result(reader.id(), body, reader.bytesIndex(), reader.bytesLength());
        case ERROR -> error(reader.message().getError());
        case OPENED -> {
          opened = reader.message().getOpened();
          opened();
        }
        default -> {}
      }
    } finally {
      body.release();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (opened != null && ctx.channel().isWritable()) {
      writable();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    closed();
  }

  /** The other side may end a connection at any time: it shows in what isn't answered. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
