package dev.mooring.client;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.util.ReferenceCountUtil;

/**
 * Messages over a WebSocket: what is written comes with lengths in front, as Mooring's own protocol
 * has it, and leaves as a binary message each; what is read is passed on as it is. Pings are
 * answered here. On the channel's event loop.
 */
final class WebSocketMessages extends ChannelDuplexHandler {
  @Override
  public void write(ChannelHandlerContext ctx, Object written, ChannelPromise promise) {
    if (!(written instanceof ByteBuf messages)) {
      ctx.write(written, promise);
      return;
    }
    try {
      while (messages.isReadable()) {
        var frame = new BinaryWebSocketFrame(Batch.next(messages).retain());
        // The last one says how all went: they go in order.
        ctx.write(frame, messages.isReadable() ? ctx.voidPromise() : promise);
      }
    } finally {
      messages.release();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object read) {
    switch (read) {
      case BinaryWebSocketFrame message -> ctx.fireChannelRead(message.content());
      case PingWebSocketFrame ping -> ctx.writeAndFlush(new PongWebSocketFrame(ping.content()));
      case CloseWebSocketFrame close -> ctx.writeAndFlush(close);
      case TextWebSocketFrame text -> {
        text.release();
        ctx.fireExceptionCaught(new DecoderException("a message of text came"));
      }
      default -> ReferenceCountUtil.release(read);
    }
  }
}
