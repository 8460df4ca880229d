package dev.mooring.transport.wire.grpc;

import dev.mooring.error.ErrorText;
import dev.mooring.proto.frame.FrameSink;
import dev.mooring.rate.Rate;
import dev.mooring.rate.RateLimiter;
import dev.mooring.transport.admission.ConnectionAdmission;
import dev.mooring.transport.admission.RejectReason;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.loop.LoopContext;
import dev.mooring.transport.wire.Connection;
import dev.mooring.transport.wire.GracefulClose;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameStreamException;
import io.netty.handler.codec.http2.Http2PingFrame;
import io.netty.handler.codec.http2.Http2PriorityFrame;
import io.netty.handler.codec.http2.Http2SettingsAckFrame;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2UnknownFrame;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP/2 connection: between Netty's codec, which knows frames, and what makes a channel of each
 * stream. It bounds what is no stream's, says goodbye, and has what all streams share.
 *
 * <p>Event loop only.
 */
final class GrpcConnection extends ChannelDuplexHandler {
  private static final Logger LOG = LoggerFactory.getLogger(GrpcConnection.class);

  /** How much may be on its way on all streams together, before the client hears that it came. */
  private static final int WINDOW_BYTES = 1 << 20;

  private final Channel channel;
  private final Http2FrameCodec codec;
  private final ConnectionAdmission admission;
  private final TransportConfig config;
  private final LoopContext loop;
  private final Function<Connection, FrameSink> readers;
  private final RateLimiter pings;
  private final RateLimiter others;
  private final ConnectionWatch watch;
  private @Nullable ChannelHandlerContext context;
  private final Set<SmallCall> smallCalls = new HashSet<>();
  private int streams;
  private boolean hadStreams;
  private boolean hasSettings;
  private boolean goingAway;
  private boolean reading;
  private boolean flushWaits;

  GrpcConnection(
      Channel channel,
      Http2FrameCodec codec,
      ConnectionAdmission admission,
      TransportConfig config,
      LoopContext loop,
      Function<Connection, FrameSink> readers) {
    this.channel = channel;
    this.codec = codec;
    this.admission = admission;
    this.config = config;
    this.loop = loop;
    this.readers = readers;
    Rate rate = Rate.perSecond(config.listener().limits().pingsPerSecond());
    this.pings = new RateLimiter(rate, System.nanoTime());
    this.others = new RateLimiter(rate, System.nanoTime());
    this.watch = new ConnectionWatch(this, channel, config, loop.sweep().nanoTime());
  }

  /** What becomes of each stream's channel. */
  ChannelHandler newStreams() {
    var marks = new WriteBufferWaterMark(config.writeLowBytes(), config.writeHighBytes());
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel stream) {
        stream.config().setWriteBufferWaterMark(marks);
        stream.pipeline().addLast("grpc", new GrpcStream(GrpcConnection.this));
      }
    };
  }

  ConnectionAdmission admission() {
    return admission;
  }

  TransportConfig config() {
    return config;
  }

  LoopContext loop() {
    return loop;
  }

  Function<Connection, FrameSink> readers() {
    return readers;
  }

  /** Its streams that are no sessions. */
  Set<SmallCall> smallCalls() {
    return smallCalls;
  }

  /** A request came on one of those. */
  void countSmall() {
    count(others, RejectReason.FRAME_FLOOD, "requests");
  }

  /** Whether something that was written on a stream waits for its client's window. */
  boolean isHeldBack(int streamId) {
    var connection = codec.connection();
    var stream = connection.stream(streamId);
    return stream != null && connection.remote().flowController().hasFlowControlled(stream);
  }

  /** A stream has begun. */
  void began() {
    streams++;
    hadStreams = true;
  }

  /** A stream that had begun is gone. */
  void ended() {
    streams--;
    if (streams == 0 && (goingAway || admission.refusal() != null)) {
      sayGoodbye(Http2Error.NO_ERROR, "");
    }
  }

  boolean hasStreams() {
    return streams > 0;
  }

  boolean hasSettings() {
    return hasSettings;
  }

  /** No further stream is taken; the connection ends when it has none. */
  void goAway(String words) {
    if (goingAway) {
      return;
    }
    goingAway = true;
    smallCalls.stream().filter(SmallCall::isWatch).toList().forEach(SmallCall::answer);
    if (streams == 0) {
      sayGoodbye(Http2Error.NO_ERROR, words);
    } else if (context != null) {
      context.writeAndFlush(goodbye(context, Http2Error.NO_ERROR, words));
    }
  }

  /** Whether the server lets nothing begin any more. */
  boolean isDraining() {
    return loop.sessions().isDraining();
  }

  /** Ends the connection with all of its streams, for a reason that is counted. */
  void end(RejectReason reason, Http2Error error, String words) {
    admission.turnedAway(reason);
    LOG.atDebug().addKeyValue("peer", admission.address()).log("{}: {}", reason, words);
    sayGoodbye(error, words);
  }

  private void sayGoodbye(Http2Error error, String words) {
    goingAway = true;
    ChannelHandlerContext ctx = context;
    if (ctx == null || !channel.isActive()) {
      return;
    }
    ctx.write(goodbye(ctx, error, words)).addListener(said -> close(ctx, error));
    ctx.flush();
  }

  /** Who did nothing wrong reads all that was said; who floods isn't waited for. */
  private void close(ChannelHandlerContext ctx, Http2Error error) {
    if (error == Http2Error.NO_ERROR) {
      GracefulClose.close(ctx, config.lingerMillis());
    } else {
      channel.close();
    }
  }

  private static DefaultHttp2GoAwayFrame goodbye(
      ChannelHandlerContext ctx, Http2Error error, String words) {
    return new DefaultHttp2GoAwayFrame(error, ByteBufUtil.writeUtf8(ctx.alloc(), words));
  }

  /** Ends the connection with whatever waits for a client that takes nothing. */
  void abandon() {
    channel.unsafe().close(channel.voidPromise());
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    loop.sweep().add(watch);
    ctx.writeAndFlush(new DefaultHttp2WindowUpdateFrame(WINDOW_BYTES));
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    reading = true;
    switch (message) {
      case Http2PingFrame ping -> {
        if (!ping.ack()) {
          count(pings, RejectReason.PING_FLOOD, "pings");
        }
      }
      case Http2SettingsFrame settings -> {
        hasSettings = true;
        count(others, RejectReason.FRAME_FLOOD, "settings");
      }
      case Http2SettingsAckFrame ack -> {}
      case Http2PriorityFrame priority -> count(others, RejectReason.FRAME_FLOOD, "priorities");
      case Http2UnknownFrame unknown -> {
        // A stream that isn't read would keep them, and no window bounds how many.
        unknown.release();
        count(others, RejectReason.FRAME_FLOOD, "frames of no known type");
      }
      default -> ctx.fireChannelRead(message);
    }
  }

  private void count(RateLimiter limiter, RejectReason flood, String frames) {
    if (!goingAway && !limiter.tryTake(1, System.nanoTime())) {
      end(flood, Http2Error.ENHANCE_YOUR_CALM, "more " + frames + " came in a second than may");
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.fireChannelReadComplete();
    reading = false;
  }

  /**
   * The flushes of many streams are one: while the connection is read its codec flushes when that
   * is done, and else it is done when the loop has run what else waits.
   */
  @Override
  public void flush(ChannelHandlerContext ctx) {
    if (!reading && !flushWaits) {
      flushWaits = true;
      ctx.executor().execute(() -> flushNow(ctx));
    }
  }

  private void flushNow(ChannelHandlerContext ctx) {
    flushWaits = false;
    ctx.flush();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
      // Half a connection is none: windows and settings go both ways.
      ctx.close();
    } else {
      ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    switch (cause) {
      case Http2FrameStreamException one -> ctx.fireExceptionCaught(one);
      case Http2Exception broken -> {
        boolean isFlood = broken.error() == Http2Error.ENHANCE_YOUR_CALM;
        admission.turnedAway(isFlood ? RejectReason.FRAME_FLOOD : RejectReason.BROKEN_HTTP2);
        LOG.atDebug()
            .addKeyValue("peer", admission.address())
            .log("not HTTP/2 as it is served here: {}", ErrorText.of(broken));
      }
      case IOException lost -> {
        if (lost instanceof SSLException) {
          admission.turnedAway(RejectReason.BROKEN_TLS);
        }
        ctx.close();
      }
      default -> {
        failed(cause);
        ctx.close();
      }
    }
  }

  /** What is our own failure is in the log. */
  void failed(Throwable cause) {
    LOG.atError()
        .setCause(cause)
        .addKeyValue("peer", admission.address())
        .log("a connection of HTTP/2 failed");
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (!hadStreams) {
      admission.turnedAway(RejectReason.NEVER_OPENED);
    }
    admission.leave();
    loop.sweep().remove(watch);
    ctx.fireChannelInactive();
  }
}
