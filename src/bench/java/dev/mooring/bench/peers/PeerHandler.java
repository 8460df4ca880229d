package dev.mooring.bench.peers;

import dev.mooring.proto.frame.FrameDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * What all shapes do alike on the event loop: stop reading while their queue is full or their
 * client doesn't read, and close behind the last word.
 */
abstract class PeerHandler extends ChannelInboundHandlerAdapter {
  private final FrameDecoder decoder;
  private boolean full;
  private boolean unwritable;

  PeerHandler(FrameDecoder decoder) {
    this.decoder = decoder;
  }

  /** Stops reading until there is room. */
  final void full(Channel channel) {
    full = true;
    stopOrGoOn(channel);
  }

  /** There is room again. */
  final void roomy(Channel channel) {
    if (full) {
      full = false;
      stopOrGoOn(channel);
    }
  }

  private void stopOrGoOn(Channel channel) {
    boolean stop = full || unwritable;
    if (stop != decoder.isPaused()) {
      channel.config().setAutoRead(!stop);
      if (stop) {
        decoder.pause();
      } else {
        decoder.resume();
      }
    }
  }

  /** Sends what an ended session said last. Any thread. */
  static void sendLast(Channel channel, ByteBuf out) {
    channel.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    unwritable = !ctx.channel().isWritable();
    stopOrGoOn(ctx.channel());
  }

  /** A client may go at any time, and may send what is no frame. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
