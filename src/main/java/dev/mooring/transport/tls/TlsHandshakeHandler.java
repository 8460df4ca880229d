package dev.mooring.transport.tls;

import dev.mooring.error.ErrorText;
import dev.mooring.transport.admission.ConnectionAdmission;
import dev.mooring.transport.admission.RejectReason;
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
public final class TlsHandshakeHandler extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(TlsHandshakeHandler.class);

  private final ConnectionAdmission admission;
  private final SslHandler tls;
  private boolean greeted;

  public TlsHandshakeHandler(ConnectionAdmission admission, SslHandler tls) {
    this.admission = admission;
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
        admission.showed(subject);
      }
    } catch (SSLPeerUnverifiedException e) {
      // The client showed no certificate, which it needn't.
    }
    admission.greeted();
    ctx.fireChannelActive();
  }

  private void failed(Throwable cause) {
    admission.turnedAway(whyNotGreeted(cause));
    LOG.atDebug()
        .addKeyValue("peer", admission.address())
        .log("no TLS handshake: {}", ErrorText.of(cause));
  }

  /** A connection that ends or is reset isn't a handshake that fails. */
  private static RejectReason whyNotGreeted(Throwable cause) {
    boolean isGone = cause instanceof IOException && !(cause instanceof SSLException);
    return isGone ? RejectReason.HANDSHAKE_ABANDONED : RejectReason.HANDSHAKE_FAILED;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Throwable problem =
        cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
    if (problem instanceof SSLException || !greeted) {
      admission.turnedAway(greeted ? RejectReason.BROKEN_TLS : whyNotGreeted(problem));
      LOG.atDebug()
          .addKeyValue("peer", admission.address())
          .log("TLS ended: {}", ErrorText.of(problem));
      ctx.close();
    } else {
      ctx.fireExceptionCaught(cause);
    }
  }
}
