package dev.mooring.loadtest;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.mooring.proto.Frames;
import dev.mooring.proto.MessageException;
import dev.mooring.proto.Messages;
import dev.mooring.proto.frame.FrameDecoder;
import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.CloseReason;
import dev.mooring.proto.v1.Closed;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Export;
import dev.mooring.proto.v1.Kept;
import dev.mooring.proto.v1.Limits;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Opened;
import dev.mooring.proto.v1.Result;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.proto.v1.ValueType;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A server of which a test knows what it does: it answers each call after a delay, stands still for
 * a while, fails every so many calls, or does what no server should. One event loop, so that it
 * answers in order.
 */
final class KnownServer implements AutoCloseable {
  /** What a server does with a connection that it accepted. */
  enum Manners {
    GOOD,
    NEVER_OPENS,
    CLOSES_AT_ONCE,
    SPEAKS_HTTP,
    REFUSES_THE_MODULE,
    NEVER_ANSWERS
  }

  volatile Manners manners = Manners.GOOD;
  volatile Duration delay = Duration.ZERO;

  /** From the first call until the server stands still, and for how long it does. */
  volatile @Nullable Duration stallAfter;

  volatile Duration stall = Duration.ZERO;

  /** Every so many calls one fails; 0 for none. */
  volatile int failsEvery;

  /** Every so many calls the connection is cut instead of an answer; 0 for never. */
  volatile int cutsEvery;

  /** Of kept sessions: how many calls may wait; 0 for any number. */
  volatile int queuedCalls;

  /** The most messages of a kept session that waited to be acknowledged. */
  final AtomicLong mostUnacknowledged = new AtomicLong();

  final AtomicInteger sessions = new AtomicInteger();
  final AtomicInteger goodbyes = new AtomicInteger();
  final AtomicLong calls = new AtomicLong();
  final List<Call> received = new CopyOnWriteArrayList<>();
  final List<Open> opens = new CopyOnWriteArrayList<>();
  final List<InetAddress> clients = new CopyOnWriteArrayList<>();

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Channel listener;
  private final ChannelGroup accepted = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
  private long firstCallNs = -1;

  KnownServer() {
    this(null);
  }

  KnownServer(@Nullable SslContext tls) {
    listener =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accepted.add(channel);
                    if (tls != null) {
                      channel.pipeline().addLast(tls.newHandler(channel.alloc()));
                    }
                    channel.pipeline().addLast(new FrameDecoder(64 << 20), new Connection());
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .syncUninterruptibly()
            .channel();
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.localAddress();
  }

  /** Nobody can reach it any more, and whoever was connected isn't. */
  void vanish() {
    listener.close().syncUninterruptibly();
    accepted.close().syncUninterruptibly();
  }

  @Override
  public void close() {
    vanish();
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private final class Connection extends ChannelInboundHandlerAdapter {
    private final Queue<ServerMessage.Builder> due = new ArrayDeque<>();
    private boolean kept;
    private long sequence;
    private long acknowledged;

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      if (manners == Manners.CLOSES_AT_ONCE) {
        ctx.close();
      } else if (manners == Manners.SPEAKS_HTTP) {
        String answer = "HTTP/1.1 400 Bad Request\r\n" + "X-Known: true\r\n".repeat(10) + "\r\n";
        ctx.writeAndFlush(Unpooled.copiedBuffer(answer, StandardCharsets.US_ASCII));
      }
      ctx.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws MessageException {
      var body = (ByteBuf) message;
      try {
        receive(ctx, Messages.parseClient(body));
      } finally {
        body.release();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }

    private void receive(ChannelHandlerContext ctx, ClientMessage message) {
      switch (message.getMessageCase()) {
        case OPEN -> open(ctx, message.getOpen());
        case CALL -> call(ctx, message.getCall());
        case ACKNOWLEDGE -> acknowledged = message.getAcknowledge().getReceived();
        case CLOSE -> {
          goodbyes.incrementAndGet();
          // In its place: behind the answers that are still due.
          answer(
              ctx,
              ServerMessage.newBuilder()
                  .setClosed(Closed.newBuilder().setReason(CloseReason.CLIENT_CLOSED)));
        }
        default -> {}
      }
    }

    private void open(ChannelHandlerContext ctx, Open open) {
      opens.add(open);
      if (manners == Manners.REFUSES_THE_MODULE) {
        send(
            ctx,
            error(0, ErrorCode.MODULE_NOT_FOUND, "there is no module '" + open.getModule() + "'"));
      } else if (manners != Manners.NEVER_OPENS) {
        sessions.incrementAndGet();
        kept = open.hasKeep();
        clients.add(((InetSocketAddress) ctx.channel().remoteAddress()).getAddress());
        send(
            ctx,
            ServerMessage.newBuilder()
                .setOpened(
                    (kept ? keptSession() : Opened.newBuilder())
                        .setModuleDigest("sha256:known")
                        .addExports(Export.newBuilder().setName("echo"))
                        .addExports(
                            Export.newBuilder()
                                .setName("add")
                                .addParameters(ValueType.I64)
                                .addParameters(ValueType.F32)
                                .addResults(ValueType.I64))));
      }
    }

    private Opened.Builder keptSession() {
      return Opened.newBuilder()
          .setLimits(Limits.newBuilder().setQueuedCalls(queuedCalls))
          .setKept(Kept.newBuilder().setUnacknowledgedMessages(1_024));
    }

    private void call(ChannelHandlerContext ctx, Call call) {
      long number = calls.incrementAndGet();
      received.add(call);
      if (firstCallNs < 0) {
        firstCallNs = System.nanoTime();
      }
      if (manners == Manners.NEVER_ANSWERS) {
        return;
      }
      if (cutsEvery > 0 && number % cutsEvery == 0) {
        ctx.close();
        return;
      }
      answer(
          ctx,
          failsEvery > 0 && number % failsEvery == 0
              ? error(call.getId(), ErrorCode.GUEST_FAILED, "it is every one's turn")
              : ServerMessage.newBuilder()
                  .setResult(Result.newBuilder().setId(call.getId()).setOutput(call.getInput())));
    }

    /** In a kept session everything has its place. */
    private ServerMessage.Builder numbered(ServerMessage.Builder answer) {
      if (kept) {
        sequence++;
        mostUnacknowledged.accumulateAndGet(sequence - acknowledged, Math::max);
        if (answer.hasError()) {
          answer.getErrorBuilder().setSequence(sequence);
        } else if (answer.hasResult()) {
          answer.getResultBuilder().setSequence(sequence);
        }
      }
      return answer;
    }

    /** Later, and in order: whatever a timer says, what came first is answered first. */
    private void answer(ChannelHandlerContext ctx, ServerMessage.Builder answer) {
      due.add(numbered(answer));
      long wait = waitNs();
      if (wait == 0) {
        send(ctx, due.remove());
      } else {
        ctx.executor().schedule(() -> send(ctx, due.remove()), wait, NANOSECONDS);
      }
    }

    /** The delay; during the stall, what is left of it. */
    private long waitNs() {
      Duration after = stallAfter;
      if (after != null && firstCallNs >= 0) {
        long sinceStall = System.nanoTime() - firstCallNs - after.toNanos();
        if (sinceStall >= 0 && sinceStall < stall.toNanos()) {
          return Math.max(stall.toNanos() - sinceStall, delay.toNanos());
        }
      }
      return delay.toNanos();
    }

    private ServerMessage.Builder error(long id, ErrorCode code, String message) {
      return ServerMessage.newBuilder()
          .setError(Error.newBuilder().setId(id).setCode(code).setMessage(message));
    }

    private void send(ChannelHandlerContext ctx, ServerMessage.Builder message) {
      ctx.writeAndFlush(Frames.encode(ctx.alloc(), message.build()));
    }
  }
}
