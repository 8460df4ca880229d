package dev.mooring.server.hostile;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.mooring.proto.frame.FrameDecoder;
import dev.mooring.proto.frame.FrameSink;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.ServerMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One hostile client: comes to its attack's stage, does what the attack says, and waits to see what
 * becomes of it.
 *
 * <p>Event loop only.
 */
final class Attacker extends ChannelInboundHandlerAdapter implements FrameSink {
  /** Seen: the connection ended without a word. */
  static final String CUT = "the connection cut";

  /** Seen: an alert instead of a handshake. */
  static final String REFUSED = "the handshake refused";

  /** Seen: nothing, as it was the client that went. */
  static final String LEFT = "nothing, and left";

  /** Seen: nothing, as the client doesn't look. */
  static final String DEAF = "nothing, and stays";

  private static final int FLOOD_MESSAGES = 200;
  private static final int FLOOD_MILLIS = 50;
  private static final int NOISE_BYTES = 64;
  private static final int MAX_FRAME_BYTES = 1 << 20;

  /** What an attacker tells those who sent it. */
  interface Master {
    /** It has come to its stage, or to its end without. */
    void arrived();

    /** This is what it saw of its end. */
    void ended(Attack attack, String seen);

    /** One of its calls trapped. */
    void trapped();
  }

  private final Attack attack;
  private final Random random;
  private final String token;
  private final byte[] clientHello;
  private final Master master;
  private @Nullable ChannelHandlerContext context;
  private String seen = CUT;
  private @Nullable Runnable whenAnswered;
  private boolean hasArrived;
  private boolean hasEnded;

  Attacker(Attack attack, Random random, String token, byte[] clientHello, Master master) {
    this.attack = attack;
    this.random = random;
    this.token = token;
    this.clientHello = clientHello;
    this.master = master;
  }

  /** Builds the pipeline of a connection that speaks TLS if the attack wants it. */
  void addTo(SocketChannel channel, SslContext tls) {
    if (attack.stage != Attack.Stage.CONNECTED) {
      SslHandler handler = tls.newHandler(channel.alloc());
      handler.setHandshakeTimeoutMillis(0);
      channel.pipeline().addLast(handler);
      if (attack.kind.isMooring()) {
        var decoder = new FrameDecoder(MAX_FRAME_BYTES);
        decoder.deliverTo(this);
        channel.pipeline().addLast(decoder);
      }
    }
    channel.pipeline().addLast(this);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  private Channel channel() {
    if (context == null) {
      throw new IllegalStateException("an attacker without a connection");
    }
    return context.channel();
  }

  Random random() {
    return random;
  }

  /** How an honest client begins. */
  byte[] clientHello() {
    return clientHello;
  }

  /** Anything, after this beginning. */
  byte[] noise(byte[] beginning) {
    byte[] bytes = new byte[beginning.length + NOISE_BYTES];
    random.nextBytes(bytes);
    System.arraycopy(beginning, 0, bytes, 0, beginning.length);
    return bytes;
  }

  static byte[] frame(ClientMessage message) {
    var bytes = new ByteArrayOutputStream();
    try {
      message.writeDelimitedTo(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  void send(byte[] bytes) {
    channel().writeAndFlush(Unpooled.wrappedBuffer(bytes));
  }

  void sendBeneathTls(byte[] bytes) {
    channel().pipeline().context(SslHandler.class).writeAndFlush(Unpooled.wrappedBuffer(bytes));
  }

  /** Sends a byte now and one each second. */
  void drip(byte[] bytes) {
    drip(bytes, 0);
  }

  private void drip(byte[] bytes, int next) {
    if (channel().isActive() && next < bytes.length) {
      send(new byte[] {bytes[next]});
      channel().eventLoop().schedule(() -> drip(bytes, next + 1), 1, TimeUnit.SECONDS);
    }
  }

  /** Sends this some thousand times a second, as long as it can. */
  void flood(byte[] frame) {
    ByteBuf many = Unpooled.buffer(FLOOD_MESSAGES * frame.length);
    for (int i = 0; i < FLOOD_MESSAGES; i++) {
      many.writeBytes(frame);
    }
    channel()
        .writeAndFlush(many)
        .addListener(
            sent -> {
              if (sent.isSuccess() && seen.equals(CUT)) {
                var loop = channel().eventLoop();
                loop.schedule(() -> flood(frame), FLOOD_MILLIS, TimeUnit.MILLISECONDS);
              }
            });
  }

  void whenAnswered(Runnable task) {
    whenAnswered = task;
  }

  void stopReading() {
    channel().config().setAutoRead(false);
    end(DEAF);
  }

  void halfClose() {
    channel()
        .pipeline()
        .get(SslHandler.class)
        .closeOutbound()
        .addListener(said -> ((SocketChannel) channel()).shutdownOutput());
  }

  void leave() {
    seen = LEFT;
    channel().close();
  }

  /** Leaves with a reset. */
  void reset() {
    seen = LEFT;
    channel().config().setOption(ChannelOption.SO_LINGER, 0);
    // Not through TLS, which would say goodbye.
    channel().unsafe().close(channel().voidPromise());
  }

  private void arrive() {
    if (!hasArrived) {
      hasArrived = true;
      master.arrived();
    }
  }

  private void act() {
    arrive();
    attack.act(this);
  }

  private void end(String what) {
    arrive();
    if (!hasEnded) {
      hasEnded = true;
      master.ended(attack, what);
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (attack.stage == Attack.Stage.CONNECTED) {
      act();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (!handshake.isSuccess()) {
        String why = String.valueOf(handshake.cause());
        seen = why.contains("access_denied") ? REFUSED : "no handshake: " + why;
      } else if (attack.stage == Attack.Stage.GREETED) {
        act();
      } else {
        send(frame(Attack.open(attack.module(), token, Map.of())));
      }
    }
  }

  /** Whatever comes beneath TLS, or in the middle of a handshake. */
  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ReferenceCountUtil.release(message);
    if (whenAnswered != null) {
      Runnable task = whenAnswered;
      whenAnswered = null;
      task.run();
    }
  }

  @Override
  public void frame(ChannelHandlerContext ctx, ByteBuf bytes, int index, int length) {
    ServerMessage message;
    try {
      message = ServerMessage.parseFrom(bytes.nioBuffer(index, length));
    } catch (InvalidProtocolBufferException e) {
      seen = "no message: " + e.getMessage();
      return;
    }
    switch (message.getMessageCase()) {
      case OPENED -> act();
      case CLOSED -> seen = message.getClosed().getReason().name();
      case ERROR -> {
        if (message.getError().getId() == 0) {
          seen = message.getError().getCode().name();
          ctx.close();
        } else if (message.getError().getCode() == ErrorCode.GUEST_TRAP) {
          master.trapped();
        }
      }
      default -> {
        // A pong, or a result.
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end(seen);
  }

  /** A reset, or what TLS has to say; what was said before counts. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
