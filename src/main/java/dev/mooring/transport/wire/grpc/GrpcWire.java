package dev.mooring.transport.wire.grpc;

import dev.mooring.proto.frame.FrameSink;
import dev.mooring.session.Problem;
import dev.mooring.transport.loop.LoopContext;
import dev.mooring.transport.wire.Connection;
import dev.mooring.transport.wire.Http2Goodbye;
import dev.mooring.transport.wire.Wire;
import dev.mooring.transport.wire.mooring.MessageReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import java.util.function.Function;

/**
 * gRPC: Mooring's messages on the streams of an HTTP/2 connection, each of which has a session of
 * its own.
 *
 * <p>Any thread.
 */
public final class GrpcWire implements Wire {
  private static final ByteBuf PREFACE = Http2CodecUtil.connectionPrefaceBuf();

  /** The first line: no other protocol has it. */
  private static final int ENOUGH_BYTES = "PRI * HTTP/2.0".length();

  @Override
  public String alpn() {
    return "h2";
  }

  @Override
  public String inWords() {
    return "gRPC";
  }

  @Override
  public Recognition recognise(ByteBuf first) {
    int count = Math.min(first.readableBytes(), PREFACE.readableBytes());
    boolean isPreface = first.slice(first.readerIndex(), count).equals(PREFACE.slice(0, count));
    if (!isPreface) {
      return Recognition.NO;
    }
    return count >= ENOUGH_BYTES ? Recognition.YES : Recognition.PERHAPS;
  }

  @Override
  public ByteBuf refusal(ByteBufAllocator allocator, Problem problem) {
    return Http2Goodbye.bytes(allocator, Http2Error.PROTOCOL_ERROR.code(), problem.message());
  }

  @Override
  public OnLoop on(LoopContext loop) {
    var scratch = new MessageReader.Scratch();
    Function<Connection, FrameSink> readers = connection -> new MessageReader(connection, scratch);
    return (channel, admission, config) -> {
      var codec = Http2Codec.of(config.listener().limits());
      var connection = new GrpcConnection(channel, codec, admission, config, loop, readers);
      channel
          .pipeline()
          .addLast("http2", codec)
          .addLast("http2-connection", connection)
          .addLast("streams", new Http2MultiplexHandler(connection.newStreams()));
    };
  }
}
