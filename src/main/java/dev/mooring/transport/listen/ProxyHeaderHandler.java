package dev.mooring.transport.listen;

import dev.mooring.session.ErrorCode;
import dev.mooring.session.Problem;
import dev.mooring.transport.admission.ConnectionAdmission;
import dev.mooring.transport.admission.RejectReason;
import dev.mooring.transport.wire.GracefulClose;
import dev.mooring.transport.wire.Wire;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection of a trusted proxy begins with whom it is for: the PROXY protocol, version 1 or 2.
 * For those behind, the connection begins after that, and comes from the client.
 *
 * <p>It takes itself out of the pipeline when the header has come.
 *
 * <p>Event loop only.
 */
final class ProxyHeaderHandler extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(ProxyHeaderHandler.class);

  private static final String DECODER = "proxy-header";

  /** What a proxy may add to the addresses; we have no use for it. */
  private static final int MAX_EXTENSIONS_BYTES = 2_048;

  private final ConnectionAdmission admission;
  private final Wire wire;
  private final int handshakeMillis;
  private final int lingerMillis;
  private final Ending ending = new Ending();
  private @Nullable Future<?> deadline;
  private boolean refused;

  private ProxyHeaderHandler(
      ConnectionAdmission admission, Wire wire, int handshakeMillis, int lingerMillis) {
    this.admission = admission;
    this.wire = wire;
    this.handshakeMillis = handshakeMillis;
    this.lingerMillis = lingerMillis;
  }

  /**
   * Puts what it takes at the end of a pipeline that is being built.
   *
   * @param wire what is most likely spoken behind it
   */
  static void addTo(
      ChannelPipeline pipeline,
      ConnectionAdmission admission,
      Wire wire,
      int handshakeMillis,
      int lingerMillis) {
    var handler = new ProxyHeaderHandler(admission, wire, handshakeMillis, lingerMillis);
    pipeline.addLast("proxy-ending", handler.ending);
    pipeline.addLast(DECODER, new HAProxyMessageDecoder(MAX_EXTENSIONS_BYTES));
    pipeline.addLast("proxy", handler);
  }

  /** Netty's decoder closes the connection before it says what is wrong; that is for us to do. */
  private static final class Ending extends ChannelOutboundHandlerAdapter {
    private boolean isOurs;

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
      if (isOurs) {
        ctx.close(promise);
      }
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    admission.comesFrom(ctx.channel().remoteAddress());
    deadline =
        ctx.executor()
            .schedule(
                () -> refuse(ctx, "no PROXY header came within " + handshakeMillis + " ms"),
                handshakeMillis,
                TimeUnit.MILLISECONDS);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (refused || !(message instanceof HAProxyMessage header)) {
      ReferenceCountUtil.release(message);
      return;
    }
    try {
      String source = header.sourceAddress();
      // A health check of the proxy's own has no source; a socket of its machine is no address.
      if (source != null && header.sourcePort() > 0) {
        admission.comesFrom(
            new InetSocketAddress(InetAddress.ofLiteral(source), header.sourcePort()));
      }
    } catch (IllegalArgumentException e) {
      refuse(ctx, "the PROXY header's source is no address");
      return;
    } finally {
      header.release();
    }
    stopWaiting();
    ctx.fireChannelActive();
    ctx.pipeline().remove(ending);
    ctx.pipeline().remove(this);
  }

  private void refuse(ChannelHandlerContext ctx, String why) {
    if (refused) {
      return;
    }
    refused = true;
    ending.isOurs = true;
    stopWaiting();
    if (ctx.pipeline().get(DECODER) != null) {
      ctx.pipeline().remove(DECODER); // What it has gathered comes here, and is thrown away.
    }
    admission.turnedAway(RejectReason.PROXY_HEADER);
    LOG.atWarn().addKeyValue("proxy", ctx.channel().remoteAddress()).log(why);
    GracefulClose.say(
        ctx,
        wire.refusal(ctx.alloc(), new Problem(ErrorCode.MALFORMED_FRAME, why)),
        null,
        lingerMillis);
  }

  private void stopWaiting() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    refuse(ctx, "a trusted proxy's connection must begin with a PROXY header of version 1 or 2");
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      ending.isOurs = true;
      ctx.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    stopWaiting();
    ctx.fireChannelInactive();
  }
}
