package dev.mooring.transport.listen;

import dev.mooring.transport.admission.ConnectionAdmission;
import dev.mooring.transport.admission.RejectReason;
import dev.mooring.transport.wire.GracefulClose;
import dev.mooring.transport.wire.ProtocolDetector;
import dev.mooring.transport.wire.ProtocolDetector.Language;
import dev.mooring.transport.wire.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the first bytes of a connection, behind TLS if it has any: whether they are its wire's.
 * Whoever speaks HTTP instead, or text of any kind, is told at once what this port is, in their own
 * words.
 *
 * <p>It holds nothing back, and takes itself out of the pipeline as soon as it is clear that
 * messages come, at the latest after {@link ProtocolDetector}' eight bytes.
 *
 * <p>Event loop only.
 */
final class ProtocolMismatchHandler extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(ProtocolMismatchHandler.class);

  private final ConnectionAdmission admission;
  private final Wire wire;
  private final @Nullable SslHandler tls;
  private final int lingerMillis;
  private final ProtocolDetector first = new ProtocolDetector();
  private boolean turnedAway;

  /**
   * For one connection.
   *
   * @param wire whose it most likely is
   * @param tls what it comes through; null for a plain one
   * @param lingerMillis how long a client may take to read what it is told
   */
  ProtocolMismatchHandler(
      ConnectionAdmission admission, Wire wire, @Nullable SslHandler tls, int lingerMillis) {
    this.admission = admission;
    this.wire = wire;
    this.tls = tls;
    this.lingerMillis = lingerMillis;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (turnedAway) {
      ReferenceCountUtil.release(message);
      return;
    }
    if (!(message instanceof ByteBuf bytes) || !bytes.isReadable()) {
      ctx.fireChannelRead(message);
      return;
    }
    Language language = first.look(bytes);
    switch (language) {
      case PERHAPS_TLS, PERHAPS_TEXT -> ctx.fireChannelRead(message);
      case FRAMES, TLS -> pass(ctx, message);
      case HTTP, HTTP2, TEXT -> {
        // To a client of the wire, or one that is being told something else, this has no word.
        boolean isItsOwn = wire.recognise(first.seen()) != Wire.Recognition.NO;
        if (isItsOwn || admission.refusal() != null) {
          pass(ctx, message);
        } else {
          ReferenceCountUtil.release(message);
          turnAway(ctx, language);
        }
      }
    }
  }

  private void pass(ChannelHandlerContext ctx, Object message) {
    ctx.fireChannelRead(message);
    ctx.pipeline().remove(this);
  }

  private void turnAway(ChannelHandlerContext ctx, Language language) {
    turnedAway = true;
    admission.turnedAway(
        language == Language.TEXT ? RejectReason.UNEXPECTED_TEXT : RejectReason.UNEXPECTED_HTTP);
    LOG.atDebug().addKeyValue("peer", admission.address()).log("spoke {}, not frames", language);
    ByteBuf answer =
        ProtocolMismatchAnswer.answer(
            ctx.alloc(),
            wire,
            first,
            language,
            tls == null ? "TCP" : "TLS",
            language == Language.TEXT ? "text" : "HTTP");
    GracefulClose.say(ctx, answer, tls, lingerMillis);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (!turnedAway) {
      ctx.fireUserEventTriggered(event);
    } else if (event instanceof ChannelInputShutdownEvent) {
      ctx.close();
    }
  }
}
