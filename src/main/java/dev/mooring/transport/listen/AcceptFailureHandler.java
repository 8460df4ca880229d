package dev.mooring.transport.listen;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says that connections can't be accepted, once a minute while it is so. What accepts has then
 * stopped, and tries again after a second: there is no sooner way to know that a file descriptor is
 * free again.
 *
 * <p>The acceptor's thread only.
 */
final class AcceptFailureHandler extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(AcceptFailureHandler.class);
  private static final long LOG_NANOS = TimeUnit.MINUTES.toNanos(1);

  private boolean wasTold;
  private long toldAtNanos;

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    long now = System.nanoTime();
    if (!wasTold || now - toldAtNanos >= LOG_NANOS) {
      wasTold = true;
      toldAtNanos = now;
      LOG.atWarn()
          .addKeyValue("address", ctx.channel().localAddress())
          .addKeyValue("reason", LinuxErrors.inWords(cause))
          .log("connections can't be accepted; it is tried again each second");
    }
  }
}
