package dev.mooring.transport;

import dev.mooring.proto.Frames;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.Problem;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first to see a connection: asks whether it may come in, and looks at its first bytes, whether
 * they are in the language that is spoken here. A client that confuses plain and TLS is told so,
 * instead of getting what the other's parser has to say.
 *
 * <p>It takes itself out of the pipeline when the first bytes are as they should be.
 *
 * <p>Event loop only.
 */
final class Door extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Door.class);

  /**
   * TLS begins with a record of type 22, version 3.something. A frame that began so would be of 22
   * bytes, of which the first, a tag, would be of no field.
   */
  private static final int TLS_HANDSHAKE = 22;

  private static final int TLS_MAJOR_VERSION = 3;

  /** A TLS record in plain: alert, version 3.3, two bytes: fatal, access_denied. */
  private static final byte[] ACCESS_DENIED = {21, 3, 3, 0, 2, 2, 49};

  private final Visitor visitor;
  private final boolean tls;
  private final int handshakeMillis;
  private final int lingerMillis;
  private boolean turnedAway;
  private @Nullable Future<?> deadline;

  /**
   * A door for one connection.
   *
   * @param tls whether TLS is spoken behind it
   * @param handshakeMillis how long that may take to begin being of use
   * @param lingerMillis how long a client may take to read why it isn't let in
   */
  Door(Visitor visitor, boolean tls, int handshakeMillis, int lingerMillis) {
    this.visitor = visitor;
    this.tls = tls;
    this.handshakeMillis = handshakeMillis;
    this.lingerMillis = lingerMillis;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (visitor.address() == null) {
      visitor.comesFrom(ctx.channel().remoteAddress());
    }
    visitor.knock();
    if (visitor.refusal() != null && !visitor.mayLinger()) {
      ctx.close();
      return;
    }
    if (tls) {
      if (visitor.refusal() != null) {
        // Not worth a handshake. Its client sees that this was deliberate.
        turnAway(ctx, Unpooled.wrappedBuffer(ACCESS_DENIED));
        return;
      }
      deadline =
          ctx.executor().schedule(() -> tooLate(ctx), handshakeMillis, TimeUnit.MILLISECONDS);
      visitor.whenGreeted(this::greeted);
    }
    ctx.fireChannelActive();
  }

  private void tooLate(ChannelHandlerContext ctx) {
    visitor.turnedAway(DoorReason.HANDSHAKE_TIMEOUT);
    LOG.atDebug()
        .addKeyValue("peer", visitor.address())
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
    } else if (message instanceof ByteBuf bytes
        && bytes.isReadable()
        && looksLikeTls(bytes) != tls) {
      ReferenceCountUtil.release(message);
      tellLanguage(ctx);
    } else {
      ctx.fireChannelRead(message);
      ctx.pipeline().remove(this);
    }
  }

  /** A single byte may be the beginning of either; then it is what is spoken here. */
  private boolean looksLikeTls(ByteBuf bytes) {
    int at = bytes.readerIndex();
    if (bytes.getByte(at) != TLS_HANDSHAKE) {
      return false;
    }
    return bytes.readableBytes() == 1 ? tls : bytes.getByte(at + 1) == TLS_MAJOR_VERSION;
  }

  private void tellLanguage(ChannelHandlerContext ctx) {
    if (visitor.refusal() != null) {
      // It is being told something else.
      return;
    }
    visitor.turnedAway(tls ? DoorReason.NOT_TLS : DoorReason.UNEXPECTED_TLS);
    LOG.atDebug()
        .addKeyValue("peer", visitor.address())
        .log(tls ? "spoke plainly to a TLS port" : "spoke TLS to a plain port");
    String message =
        tls
            ? "this port speaks TLS, and what came isn't; connect with TLS"
            : "this port doesn't speak TLS, and what came looks like it; connect without";
    ByteBuf error = ctx.alloc().buffer();
    Frames.write(error, Messages.error(0, new Problem(ErrorCode.MALFORMED_FRAME, message)));
    turnAway(ctx, error);
  }

  private void turnAway(ChannelHandlerContext ctx, ByteBuf lastWord) {
    turnedAway = true;
    greeted();
    LastWord.say(ctx, lastWord, lingerMillis);
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
