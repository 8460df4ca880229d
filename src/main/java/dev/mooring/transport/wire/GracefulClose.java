package dev.mooring.transport.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends connections so that what was said last is read. A socket that is closed while it holds bytes
 * that nobody read is reset, and the peer may then lose what it hadn't read either; so first only
 * our side is closed, and what still comes is thrown away until the peer closes its side, or has
 * had its time.
 *
 * <p>Event loop only.
 */
public final class GracefulClose {
  private GracefulClose() {}

  /**
   * Says something from a handler's place in the pipeline, past those between it and the sessions,
   * and ends the connection. Whoever calls it throws away what still comes.
   *
   * @param tls what is said goes through, and is to end, too; null if it goes plainly
   */
  public static void say(
      ChannelHandlerContext from, ByteBuf bytes, @Nullable SslHandler tls, int lingerMillis) {
    from.writeAndFlush(bytes)
        .addListener(
            said -> {
              if (said.isSuccess()) {
                close(from, tls, lingerMillis);
              } else {
                from.close();
              }
            });
  }

  /**
   * Ends a connection on which all has been said and flushed. Whoever calls it throws away what
   * still comes.
   */
  public static void close(ChannelHandlerContext from, int lingerMillis) {
    close(from, from.channel().pipeline().get(SslHandler.class), lingerMillis);
  }

  private static void close(
      ChannelHandlerContext from, @Nullable SslHandler tls, int lingerMillis) {
    if (from.channel() instanceof DuplexChannel duplex && duplex.isActive()) {
      endOutput(duplex, tls).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
      closeIn(from, duplex, lingerMillis);
    } else {
      from.close();
    }
  }

  private static void closeIn(ChannelHandlerContext from, Channel channel, int lingerMillis) {
    var timeUp =
        channel.eventLoop().schedule(() -> from.close(), lingerMillis, TimeUnit.MILLISECONDS);
    channel.closeFuture().addListener(closed -> timeUp.cancel(false));
  }

  /** Ends our side of a connection; under TLS that is to be said twice. */
  static ChannelFuture endOutput(DuplexChannel channel) {
    return endOutput(channel, channel.pipeline().get(SslHandler.class));
  }

  private static ChannelFuture endOutput(DuplexChannel channel, @Nullable SslHandler tls) {
    if (tls == null) {
      return channel.shutdownOutput();
    }
    var ended = channel.newPromise();
    tls.closeOutbound().addListener(said -> channel.shutdownOutput(ended));
    return ended;
  }
}
