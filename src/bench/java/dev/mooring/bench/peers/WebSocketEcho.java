package dev.mooring.bench.peers;

import dev.mooring.proto.CallReader;
import dev.mooring.proto.frame.Framing;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.util.Map;

/**
 * An echo over Netty's WebSocket, made as Netty's users make one: each message is answered with
 * another, and all are flushed when the read is complete. It stops reading while its client
 * doesn't.
 */
final class WebSocketEcho extends SimpleChannelInboundHandler<BinaryWebSocketFrame> {
  private static final String PATH = "/mooring/v1";
  private static final String PROTOCOL = "mooring.v1";
  private static final int MAX_REQUEST_BYTES = 64 << 10;
  private static final int FIRST_BUFFER_BYTES = 256;

  /** A message of WebSocket needs nothing in front. */
  private static final Framing NOTHING =
      new Framing() {
        @Override
        public int headBytes(int bodyBytes) {
          return 0;
        }

        @Override
        public void writeHead(ByteBuf out, int bodyBytes) {
          // Netty does.
        }
      };

  private final PeerSession session;

  private WebSocketEcho(PeerSession session) {
    this.session = session;
  }

  static void addTo(ChannelPipeline pipeline, Map<String, PeerModule> modules, CallReader reader) {
    var session = new PeerSession(modules, new EchoEngine(NOTHING), reader, NOTHING);
    pipeline.addLast(
        new HttpServerCodec(),
        new HttpObjectAggregator(MAX_REQUEST_BYTES),
        new WebSocketServerProtocolHandler(
            PATH, PROTOCOL, false, PeerServer.MAX_FRAME_BYTES, false, false),
        new WebSocketEcho(session));
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, BinaryWebSocketFrame message) {
    ByteBuf out = ctx.alloc().buffer(FIRST_BUFFER_BYTES);
    session.answer(message.content(), out);
    if (session.hasEnded()) {
      ctx.writeAndFlush(new BinaryWebSocketFrame(out)).addListener(ChannelFutureListener.CLOSE);
    } else {
      ctx.write(new BinaryWebSocketFrame(out), ctx.voidPromise());
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    ctx.channel().config().setAutoRead(ctx.channel().isWritable());
  }

  /** A client may go at any time, and may send what is no frame. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
