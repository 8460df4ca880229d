package dev.mooring.transport.listen;

import dev.mooring.transport.admission.ConnectionAdmission;
import dev.mooring.transport.config.TransportConfig;
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

/**
 * Picks the wire of a connection where several may be spoken: by what TLS has negotiated, or by the
 * first bytes, which it holds until they tell. A connection that doesn't say anything is the first
 * wire's after a while, or when it has ended its side, and is dealt with as any silent client; so
 * is one that begins like none of them. One that isn't let in is told why by its own wire, too.
 *
 * <p>It takes itself out of the pipeline when it has picked one.
 *
 * <p>Event loop only.
 */
final class WireSelector extends ChannelInboundHandlerAdapter {
  /** No wire needs more to be recognised. */
  static final int MAX_FIRST_BYTES = 24;

  private final List<Wire> wires;
  private final List<Wire.OnLoop> onLoop;
  private final ConnectionAdmission admission;
  private final @Nullable SslHandler tls;
  private final TransportConfig config;
  private final int silenceMillis;
  private ByteBuf first = Unpooled.EMPTY_BUFFER;
  private @Nullable Future<?> silence;

  /**
   * For one connection.
   *
   * @param onLoop the same wires, on its event loop
   * @param tls what it comes through; null for a plain one
   * @param silenceMillis how long it may say nothing
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
    String negotiated = tls == null ? null : tls.applicationProtocol();
    for (int i = 0; negotiated != null && i < wires.size(); i++) {
      if (wires.get(i).alpn().equals(negotiated)) {
        pick(ctx, i);
        return;
      }
    }
    silence = ctx.executor().schedule(() -> pick(ctx, 0), silenceMillis, TimeUnit.MILLISECONDS);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf bytes)) {
      ctx.fireChannelRead(message);
      return;
    }
    first = first.isReadable() ? Unpooled.wrappedBuffer(first, bytes) : bytes;
    if (first.isReadable()) {
      look(ctx);
    }
  }

  private void look(ChannelHandlerContext ctx) {
    boolean mayBecomeOne = false;
    for (int i = 0; i < wires.size(); i++) {
      switch (wires.get(i).recognise(first)) {
        case YES -> {
          pick(ctx, i);
          return;
        }
        case PERHAPS -> mayBecomeOne = true;
        case NO -> {}
      }
    }
    if (!mayBecomeOne || first.readableBytes() >= MAX_FIRST_BYTES) {
      pick(ctx, 0);
    }
  }

  /** From here on the connection is that wire's, with all that has been read. */
  private void pick(ChannelHandlerContext ctx, int wire) {
    stopWaiting();
    ByteBuf read = first;
    first = Unpooled.EMPTY_BUFFER;
    if (wire == 0) {
      ctx.pipeline()
          .addLast(
              "word",
              new ProtocolMismatchHandler(admission, wires.getFirst(), tls, config.lingerMillis()));
    }
    onLoop.get(wire).addTo(ctx.channel(), admission, config);
    ctx.fireChannelActive();
    if (read.isReadable()) {
      ctx.fireChannelRead(read);
      ctx.fireChannelReadComplete();
    } else {
      read.release();
    }
    ctx.pipeline().remove(this);
  }

  private void stopWaiting() {
    if (silence != null) {
      silence.cancel(false);
      silence = null;
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      if (silence == null) { // Before the handshake was done.
        ctx.close();
        return;
      }
      pick(ctx, 0);
    }
    ctx.fireUserEventTriggered(event);
  }

  /** A connection that is lost before it is any wire's is nobody's business. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    admission.leave();
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    stopWaiting();
    ReferenceCountUtil.release(first);
    first = Unpooled.EMPTY_BUFFER;
  }
}
