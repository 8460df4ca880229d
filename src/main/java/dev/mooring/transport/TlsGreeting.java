package dev.mooring.transport;

import dev.mooring.text.ErrorText;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.security.auth.x500.X500Principal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands behind TLS and makes of it what a plain connection is: it is there when the handshake is
 * done, its input ends with {@code close_notify}, and what strangers do wrong in the handshake is
 * counted and otherwise nobody's business.
 *
 * <p>Event loop only.
 */
final class TlsGreeting extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(TlsGreeting.class);

  private final Visitor visitor;
  private final SslHandler tls;
  private boolean greeted;

  TlsGreeting(Visitor visitor, SslHandler tls) {
    this.visitor = visitor;
    this.tls = tls;
  }

  /** For those behind, the connection begins after the handshake. */
  @Override
  public void channelActive(ChannelHandlerContext ctx) {}

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case SslHandshakeCompletionEvent done when done.isSuccess() -> greet(ctx);
      case SslHandshakeCompletionEvent failed -> failed(failed.cause());
      case SslCloseCompletionEvent closed when closed.isSuccess() ->
          ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
      default -> ctx.fireUserEventTriggered(event);
    }
  }

  private void greet(ChannelHandlerContext ctx) {
    greeted = true;
    try {
      if (tls.engine().getSession().getPeerPrincipal() instanceof X500Principal subject) {
        visitor.showed(subject);
      }
    } catch (SSLPeerUnverifiedException e) {
      // The client showed no certificate, which it needn't.
    }
    visitor.greeted();
    ctx.fireChannelActive();
  }

  private void failed(Throwable cause) {
    visitor.turnedAway(whyNotGreeted(cause));
    LOG.atDebug()
        .addKeyValue("peer", visitor.address())
        .log("no TLS handshake: {}", ErrorText.of(cause));
  }

  /** A connection that ends or is reset isn't a handshake that fails. */
  private static DoorReason whyNotGreeted(Throwable cause) {
    boolean isGone = cause instanceof IOException && !(cause instanceof SSLException);
    return isGone ? DoorReason.HANDSHAKE_ABANDONED : DoorReason.HANDSHAKE_FAILED;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Throwable problem =
        cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
    if (problem instanceof SSLException || !greeted) {
      visitor.turnedAway(greeted ? DoorReason.BROKEN_TLS : whyNotGreeted(problem));
      LOG.atDebug()
          .addKeyValue("peer", visitor.address())
          .log("TLS ended: {}", ErrorText.of(problem));
      ctx.close();
    } else {
      ctx.fireExceptionCaught(cause);
    }
  }
}
