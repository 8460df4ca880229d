package dev.mooring.transport.listen;

import dev.mooring.transport.admission.ConnectionAdmission;
import dev.mooring.transport.admission.RejectReason;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.wire.GracefulClose;
import dev.mooring.transport.wire.ProtocolDetector;
import dev.mooring.transport.wire.ProtocolDetector.Language;
import dev.mooring.transport.wire.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection's first bytes, behind TLS if it has any: picks the wire that they are of, or tells
 * whoever speaks something else what this port is, in their own words.
 *
 * <p>Where only one wire is spoken, it is that one from the beginning. Where several are, it is the
 * one that TLS has negotiated, or that the first bytes are recognised by, which are held back until
 * they tell. A connection that doesn't say anything is the first wire's after a while, or when it
 * has ended its side, and is dealt with as any silent client; so is one that begins like none of
 * them. One that isn't let in is told why by its own wire, too.
 *
 * <p>What comes for a wire that was picked without having recognised it isn't held back, but looked
 * at: HTTP, and text of any kind, is answered at once.
 *
 * <p>It takes itself out of the pipeline as soon as it is clear that messages come, after {@value
 * #MAX_FIRST_BYTES} bytes at the latest.
 *
 * <p>Event loop only.
 */
final class WireSelector extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(WireSelector.class);

  /** No wire needs more to be recognised. */
  static final int MAX_FIRST_BYTES = 24;

  private enum Phase {
    /** The connection isn't there yet, for those behind: TLS may still greet. */
    BEGINNING,
    /** It may be any wire's, and what it says is held back. */
    CHOOSING,
    /** It is a wire's, and what it says is looked at on its way. */
    CHOSEN,
    /** It speaks something else, and what still comes is thrown away. */
    REFUSED
  }

  private final List<Wire> wires;
  private final List<Wire.OnLoop> onLoop;
  private final ConnectionAdmission admission;
  private final @Nullable SslHandler tls;
  private final TransportConfig config;
  private final int silenceMillis;
  private final ProtocolDetector detector = new ProtocolDetector();
  private Phase phase = Phase.BEGINNING;
  private ByteBuf held = Unpooled.EMPTY_BUFFER;
  private @Nullable Future<?> silence;
  private long cameNanos;

  /**
   * For one connection.
   *
   * @param wires what may be spoken, the most likely first
   * @param onLoop the same wires, on its event loop
   * @param tls what it comes through; null for a plain one
   * @param silenceMillis how long it may say nothing before it is taken for the first wire's
   */
  WireSelector(
      List<Wire> wires,
      List<Wire.OnLoop> onLoop,
      ConnectionAdmission admission,
      @Nullable SslHandler tls,
      TransportConfig config,
      int silenceMillis) {
    this.wires = wires;
    this.onLoop = onLoop;
    this.admission = admission;
    this.tls = tls;
    this.config = config;
    this.silenceMillis = silenceMillis;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    int known = wires.size() == 1 ? 0 : negotiated();
    if (known >= 0) {
      pick(ctx, known);
      return;
    }
    phase = Phase.CHOOSING;
    cameNanos = System.nanoTime();
    silence = ctx.executor().schedule(() -> pick(ctx, 0), silenceMillis, TimeUnit.MILLISECONDS);
  }

  /** The wire that TLS has negotiated; -1 if none. */
  private int negotiated() {
    String protocol = tls == null ? null : tls.applicationProtocol();
    for (int i = 0; protocol != null && i < wires.size(); i++) {
      if (wires.get(i).alpn().equals(protocol)) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (phase == Phase.REFUSED) {
      ReferenceCountUtil.release(message);
    } else if (!(message instanceof ByteBuf bytes) || !bytes.isReadable()) {
      ctx.fireChannelRead(message);
    } else if (phase == Phase.CHOSEN) {
      pass(ctx, bytes);
    } else {
      held = held.isReadable() ? Unpooled.wrappedBuffer(held, bytes) : bytes;
      choose(ctx);
    }
  }

  private void choose(ChannelHandlerContext ctx) {
    boolean mayBecomeOne = false;
    for (int i = 0; i < wires.size(); i++) {
      switch (wires.get(i).recognise(held)) {
        case YES -> {
          pick(ctx, i);
          return;
        }
        case PERHAPS -> mayBecomeOne = true;
        case NO -> {}
      }
    }
    if (!mayBecomeOne || held.readableBytes() >= MAX_FIRST_BYTES) {
      pick(ctx, 0);
    }
  }

  /** From here on the connection is that wire's, with all that has been read. */
  private void pick(ChannelHandlerContext ctx, int wire) {
    if (phase == Phase.CHOOSING) {
      admission.wereSilentFor(System.nanoTime() - cameNanos);
    }
    stopWaiting();
    ByteBuf read = held;
    held = Unpooled.EMPTY_BUFFER;
    phase = Phase.CHOSEN;
    onLoop.get(wire).addTo(ctx.channel(), admission, config);
    ctx.fireChannelActive();
    if (!read.isReadable()) {
      read.release();
    } else {
      if (wire == 0) {
        pass(ctx, read);
      } else {
        ctx.fireChannelRead(read);
      }
      ctx.fireChannelReadComplete();
    }
    if (wire != 0) {
      ctx.pipeline().remove(this);
    }
  }

  /** Passes on what is for the first wire, as long as it may be, and refuses what isn't. */
  private void pass(ChannelHandlerContext ctx, ByteBuf bytes) {
    Language language = detector.look(bytes);
    switch (language) {
      case PERHAPS_TLS, PERHAPS_TEXT -> ctx.fireChannelRead(bytes);
      case FRAMES, TLS -> passLast(ctx, bytes);
      case HTTP, HTTP2, TEXT -> {
        // To a client of the wire, or one that is being told something else, this has no word.
        boolean isItsOwn = wires.getFirst().recognise(detector.seen()) != Wire.Recognition.NO;
        if (isItsOwn || admission.refusal() != null) {
          passLast(ctx, bytes);
        } else {
          bytes.release();
          refuse(ctx, language);
        }
      }
    }
  }

  private void passLast(ChannelHandlerContext ctx, ByteBuf bytes) {
    ctx.fireChannelRead(bytes);
    ctx.pipeline().remove(this);
  }

  private void refuse(ChannelHandlerContext ctx, Language language) {
    phase = Phase.REFUSED;
    admission.turnedAway(
        language == Language.TEXT ? RejectReason.UNEXPECTED_TEXT : RejectReason.UNEXPECTED_HTTP);
    LOG.atDebug().addKeyValue("peer", admission.address()).log("spoke {}, not frames", language);
    ByteBuf answer =
        ProtocolMismatchAnswer.answer(
            ctx.alloc(),
            wires.getFirst(),
            detector,
            language,
            tls == null ? "TCP" : "TLS",
            language == Language.TEXT ? "text" : "HTTP");
    GracefulClose.say(ctx, answer, tls, config.lingerMillis());
  }

  private void stopWaiting() {
    if (silence != null) {
      silence.cancel(false);
      silence = null;
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    boolean isEnd = event instanceof ChannelInputShutdownEvent;
    if (isEnd && phase == Phase.CHOOSING) {
      pick(ctx, 0);
    }
    if (isEnd && (phase == Phase.BEGINNING || phase == Phase.REFUSED)) {
      ctx.close();
    } else if (phase != Phase.REFUSED) {
      ctx.fireUserEventTriggered(event);
    }
  }

  /** A connection that is lost before it is any wire's is nobody's business. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (isNobodys()) {
      ctx.close();
    } else {
      ctx.fireExceptionCaught(cause);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (phase == Phase.CHOOSING) {
      admission.turnedAway(RejectReason.NEVER_OPENED);
    }
    if (isNobodys()) {
      admission.leave();
    }
    ctx.fireChannelInactive();
  }

  private boolean isNobodys() {
    return phase == Phase.BEGINNING || phase == Phase.CHOOSING;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    stopWaiting();
    ReferenceCountUtil.release(held);
    held = Unpooled.EMPTY_BUFFER;
  }
}
