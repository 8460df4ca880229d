package dev.mooring.bench.peers;

import dev.mooring.proto.frame.FrameDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/**
 * The event loop owns the instance: a call runs where its frame was read. Answers gather in one
 * buffer, which is flushed when the read is complete.
 */
final class LoopHandler extends PeerHandler {
  private static final int FIRST_BUFFER_BYTES = 256;

  /** As much as a channel takes before it counts as not writable. */
  private static final int MOST_BUFFER_BYTES = 64 << 10;

  private final PeerSession session;
  private @Nullable ByteBuf out;

  LoopHandler(FrameDecoder decoder, PeerSession session) {
    super(decoder);
    this.session = session;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf frame = (ByteBuf) message;
    ByteBuf gathering = out == null ? ctx.alloc().buffer(FIRST_BUFFER_BYTES) : out;
    out = gathering;
    try {
      session.answer(frame, gathering);
    } finally {
      frame.release();
    }
    if (gathering.readableBytes() >= MOST_BUFFER_BYTES) {
      flush(ctx);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    flush(ctx);
  }

  private void flush(ChannelHandlerContext ctx) {
    ByteBuf written = out;
    if (written == null) {
      return;
    }
    out = null;
    if (session.hasEnded()) {
      sendLast(ctx.channel(), written);
    } else {
      ctx.writeAndFlush(written, ctx.voidPromise());
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (out != null) {
      out.release();
      out = null;
    }
  }
}
