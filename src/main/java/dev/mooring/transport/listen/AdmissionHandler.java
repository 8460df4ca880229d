package dev.mooring.transport.listen;

import dev.mooring.session.ErrorCode;
import dev.mooring.session.Problem;
import dev.mooring.transport.admission.ConnectionAdmission;
import dev.mooring.transport.admission.RejectReason;
import dev.mooring.transport.wire.GracefulClose;
import dev.mooring.transport.wire.ProtocolDetector;
import dev.mooring.transport.wire.ProtocolDetector.Language;
import dev.mooring.transport.wire.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first to see a connection: asks whether it may come in, and looks at its first bytes, whether
 * they are TLS, if that is spoken here, or aren't, if not. A client that confuses the two is told
 * so, instead of getting what the other's parser has to say.
 *
 * <p>It takes itself out of the pipeline when the first bytes are as they should be.
 *
 * <p>Event loop only.
 */
final class AdmissionHandler extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(AdmissionHandler.class);

  /** A TLS record in plain: alert, version 3.3, two bytes: fatal, access_denied. */
  private static final byte[] ACCESS_DENIED = {21, 3, 3, 0, 2, 2, 49};

  private final ConnectionAdmission admission;
  private final List<Wire> wires;
  private final boolean tls;
  private final int handshakeMillis;
  private final int lingerMillis;
  private final ProtocolDetector first = new ProtocolDetector();
  private boolean turnedAway;
  private @Nullable Future<?> deadline;

  /**
   * For one connection.
   *
   * @param wires what may be spoken behind it, the most likely first
   * @param tls whether TLS is spoken behind it
   * @param handshakeMillis how long that may take to begin being of use
   * @param lingerMillis how long a client may take to read why it isn't let in
   */
  AdmissionHandler(
      ConnectionAdmission admission,
      List<Wire> wires,
      boolean tls,
      int handshakeMillis,
      int lingerMillis) {
    this.admission = admission;
    this.wires = wires;
    this.tls = tls;
    this.handshakeMillis = handshakeMillis;
    this.lingerMillis = lingerMillis;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (admission.address() == null) {
      admission.comesFrom(ctx.channel().remoteAddress());
    }
    admission.knock();
    if (admission.refusal() != null && !admission.tryLinger()) {
      ctx.close();
      return;
    }
    if (tls) {
      if (admission.refusal() != null) {
        // Not worth a handshake. Its client sees that this was deliberate.
        turnAway(ctx, Unpooled.wrappedBuffer(ACCESS_DENIED));
        return;
      }
      deadline =
          ctx.executor().schedule(() -> tooLate(ctx), handshakeMillis, TimeUnit.MILLISECONDS);
      admission.whenHandshakeDone(this::greeted);
    }
    ctx.fireChannelActive();
  }

  private void tooLate(ChannelHandlerContext ctx) {
    admission.turnedAway(RejectReason.HANDSHAKE_TIMEOUT);
    LOG.atDebug()
        .addKeyValue("peer", admission.address())
        .log("no handshake within {} ms", handshakeMillis);
    ctx.channel().close();
  }

  private void greeted() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (turnedAway) {
      ReferenceCountUtil.release(message);
    } else if (message instanceof ByteBuf bytes && bytes.isReadable()) {
      read(ctx, bytes);
    } else {
      ctx.fireChannelRead(message);
    }
  }

  private void read(ChannelHandlerContext ctx, ByteBuf bytes) {
    Language language = first.look(bytes);
    if (language == Language.PERHAPS_TLS) {
      ctx.fireChannelRead(bytes);
    } else if ((language == Language.TLS) == tls) {
      ctx.fireChannelRead(bytes);
      ctx.pipeline().remove(this);
    } else {
      bytes.release();
      tellLanguage(ctx, language);
    }
  }

  private void tellLanguage(ChannelHandlerContext ctx, Language language) {
    if (admission.refusal() != null) {
      // It is being told something else.
      return;
    }
    admission.turnedAway(tls ? RejectReason.NOT_TLS : RejectReason.UNEXPECTED_TLS);
    LOG.atDebug()
        .addKeyValue("peer", admission.address())
        .log(tls ? "spoke plainly to a TLS port" : "spoke TLS to a plain port");
    turnAway(ctx, answer(ctx, language));
  }

  private ByteBuf answer(ChannelHandlerContext ctx, Language language) {
    for (Wire wire : wires) {
      if (wire.recognise(first.seen()) == Wire.Recognition.YES) {
        return refusal(ctx, wire, "this port speaks TLS, and what came isn't; connect with TLS");
      }
    }
    Wire wire = wires.getFirst();
    return switch (language) {
      case HTTP, HTTP2 ->
          ProtocolMismatchAnswer.answer(
              ctx.alloc(), wire, first, language, "TLS", "HTTP, without TLS");
      case TEXT ->
          ProtocolMismatchAnswer.answer(
              ctx.alloc(), wire, first, language, "TLS", "text, without TLS");
      case TLS ->
          refusal(
              ctx,
              wire,
              "this port doesn't speak TLS, and what came looks like it; connect without");
      case PERHAPS_TLS, PERHAPS_TEXT, FRAMES ->
          refusal(ctx, wire, "this port speaks TLS, and what came isn't; connect with TLS");
    };
  }

  private static ByteBuf refusal(ChannelHandlerContext ctx, Wire wire, String message) {
    return wire.refusal(ctx.alloc(), new Problem(ErrorCode.MALFORMED_FRAME, message));
  }

  private void turnAway(ChannelHandlerContext ctx, ByteBuf lastWord) {
    turnedAway = true;
    greeted();
    GracefulClose.say(ctx, lastWord, null, lingerMillis);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (!turnedAway) {
      ctx.fireUserEventTriggered(event);
    } else if (event instanceof ChannelInputShutdownEvent) {
      ctx.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    greeted();
    ctx.fireChannelInactive();
  }
}
