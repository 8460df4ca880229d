package dev.mooring.transport.wire.websocket;

import dev.mooring.session.OutboundBuffer;
import dev.mooring.transport.admission.ConnectionAdmission;
import dev.mooring.transport.config.Origins;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * Stands before the frames until the request for the WebSocket has come: answers it, and takes
 * itself and what reads HTTP out of the pipeline; or says what was wrong, and the connection ends.
 *
 * <p>Event loop only.
 */
final class HandshakeHandler extends ChannelInboundHandlerAdapter {
  /** A path and perhaps a query. */
  static final int MOST_LINE_BYTES = 4_096;

  /** Browsers send cookies. */
  static final int MOST_HEADER_BYTES = 16_384;

  private static final String HTTP = "http";
  private static final String HANDSHAKE = "handshake";

  private final ConnectionAdmission admission;
  private final Origins origins;
  private final WebSocketEncoder encoder;
  private final OutboundBuffer out;
  private @Nullable HttpRequest request;

  private HandshakeHandler(
      ConnectionAdmission admission,
      Origins origins,
      WebSocketEncoder encoder,
      OutboundBuffer out) {
    this.admission = admission;
    this.origins = origins;
    this.encoder = encoder;
    this.out = out;
  }

  /** Adds it to the end of a pipeline, behind what reads HTTP. */
  static void addTo(
      ChannelPipeline pipeline,
      ConnectionAdmission admission,
      Origins origins,
      WebSocketEncoder encoder,
      OutboundBuffer out) {
    var http =
        new HttpRequestDecoder(
            new HttpDecoderConfig()
                .setMaxInitialLineLength(MOST_LINE_BYTES)
                .setMaxHeaderSize(MOST_HEADER_BYTES));
    pipeline.addLast(HTTP, http);
    pipeline.addLast(HANDSHAKE, new HandshakeHandler(admission, origins, encoder, out));
  }

  /** Takes it out again, if it is still there: what still comes is no request of interest. */
  static void removeFrom(ChannelPipeline pipeline) {
    if (pipeline.get(HTTP) != null) {
      pipeline.remove(HTTP);
    }
    if (pipeline.get(HANDSHAKE) != null) {
      pipeline.remove(HANDSHAKE);
    }
  }

  /** What comes behind the request is no more HTTP, and goes on to those that read frames. */
  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof ByteBuf) {
      ctx.fireChannelRead(message);
      return;
    }
    try {
      if (message instanceof HttpRequest head) {
        receive(ctx, head);
      }
      if (message instanceof LastHttpContent && request != null) {
        upgrade(ctx, request);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void receive(ChannelHandlerContext ctx, HttpRequest head) {
    try {
      Handshake.check(head, origins);
      request = head;
    } catch (HandshakeRefusal e) {
      admission.turnedAway(e.reason());
      encoder.refuse(e.answer(), head.method().equals(HttpMethod.HEAD));
      ctx.fireExceptionCaught(e);
    }
  }

  private void upgrade(ChannelHandlerContext ctx, HttpRequest request) {
    encoder.upgraded();
    ByteBufUtil.writeAscii(out.buffer(), Handshake.answer(request));
    out.flush();
    removeFrom(ctx.pipeline());
  }
}
