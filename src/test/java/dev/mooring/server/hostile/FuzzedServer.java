package dev.mooring.server.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.memory.Windows;
import dev.mooring.module.ModulePolicy;
import dev.mooring.proto.Frames;
import dev.mooring.proto.LeakCheck;
import dev.mooring.proto.Messages;
import dev.mooring.proto.frame.FrameDecoder;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.proto.v1.ServerMessage.MessageCase;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.RawClient;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.admission.RejectReason;
import dev.mooring.transport.config.TransportConfig;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A server of one event loop in this process, without a network, that hostile clients visit one by
 * one; and a good client, whose session must not notice. One thread.
 */
final class FuzzedServer implements AutoCloseable {
  private static final String WITNESS = "counter";

  /** On a machine that does other things, too. The others would only be waited for. */
  private static final int WITNESS_MILLIS = 10_000;

  private static final int CALL_MILLIS = 5;
  private static final int MAX_CALL_MILLIS = 10;
  private static final int ANSWER_FRAME_BYTES = 8 << 20;
  private static final long WIDE_ROOM_SECONDS = 40;

  /** How often it is looked for what takes a garbage collection to see. */
  private static final int VISITS_PER_COLLECTION = 1_000;

  /** What a loop keeps ready for guests that have grown, for some seconds; and one that grows. */
  private static final long WINDOWS_BYTES =
      Windows.LIMIT_BYTES + 2 * SessionLimits.DEFAULTS.memoryBytes();

  private static final long HEAP_ROOM_BYTES = (64L << 20) + WINDOWS_BYTES;
  private static final long GUEST_ROOM_BYTES = (16L << 20) + WINDOWS_BYTES;

  private final Problems problems = new Problems();
  private final LocalAddress address = new LocalAddress("fuzzed");
  private final MooringServer server;
  private final EventLoopGroup clients =
      new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());
  private final Client witness;
  private long calls;
  private long visits;
  private long usedHeapBytes;

  FuzzedServer() throws Exception {
    LeakCheck.drain(); // Netty asks once, and early, who reports leaks.
    ((Logger) LoggerFactory.getLogger("dev.mooring.guest.log")).setLevel(Level.OFF);
    problems.setContext(root().getLoggerContext());
    problems.start();
    root().addAppender(problems);
    server = MooringServer.start(config());
    witness = connect();
    witness.send(RawClient.openMessage(WITNESS, Map.of()));
    assertEquals(MessageCase.OPENED, witness.next().getMessageCase());
  }

  private ServerConfig config() {
    ServerConfig defaults = ServerConfig.of(address, Path.of("guests/c"));
    var patient =
        new ModulePolicy(
            ModuleOptions.DEFAULTS,
            SessionLimits.DEFAULTS.withCallTimeouts(WITNESS_MILLIS, WITNESS_MILLIS));
    return new ServerConfig(
        address,
        defaults.modules(),
        defaults.module(),
        defaults.compileThreads(),
        defaults.guestMemoryBytes(),
        defaults.drainDeadline(),
        TransportConfig.DEFAULTS.withEventLoops(1),
        SessionLimits.DEFAULTS.withCallTimeouts(CALL_MILLIS, MAX_CALL_MILLIS),
        defaults.kept(),
        defaults.store(),
        defaults.capsules(),
        Map.of(WITNESS, patient),
        defaults.access(),
        defaults.log(),
        defaults.admin(),
        defaults.tracing());
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  /**
   * Lets a client visit that sends {@code bytes} and ends.
   *
   * @param cut at most so many bytes at a time
   * @param closing whether the bytes ask the server to close, which it must then do
   */
  void serve(ByteBuf bytes, int cut, boolean closing) throws Exception {
    Client visitor = connect();
    while (bytes.isReadable()) {
      visitor.channel.write(bytes.readBytes(Math.min(cut, bytes.readableBytes())));
      visitor.channel.flush();
    }
    callWitness();
    if (closing) {
      assertTrue(
          visitor.channel.closeFuture().await(WIDE_ROOM_SECONDS, TimeUnit.SECONDS),
          "a client that asked for the end waits for it");
    }
    visitor.channel.close().await();
    callWitness();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(WIDE_ROOM_SECONDS);
    while (server.connectionCount() != 1 || server.liveSpaces() != 1) {
      assertTrue(System.nanoTime() < end, "a session that its client left is still there");
      Thread.onSpinWait();
    }
    assertEquals(0, server.held().total(), "bytes held for clients that are gone");
    visitor.check();
    problems.check();
    if (++visits % VISITS_PER_COLLECTION == 0) {
      checkMemory();
    }
  }

  private void callWitness() throws InterruptedException {
    calls++;
    witness.send(RawClient.callMessage(calls, "add", new byte[0], RawClient.i64(1)));
    ServerMessage answer = witness.next();
    assertEquals(calls, answer.getResult().getId(), answer::toString);
    assertEquals(calls, answer.getResult().getValues(0).getI64(), answer::toString);
  }

  private void checkMemory() {
    assertEquals(List.of(), LeakCheck.drain(), "buffers that nobody released");
    assertEquals(0, server.counts().errors().getOrDefault(ErrorCode.INTERNAL, 0L));
    for (RejectReason reason :
        List.of(RejectReason.SESSIONS, RejectReason.ACCEPT_RATE, RejectReason.FAILED_OPENS)) {
      assertEquals(
          0, server.rejectCounts().of(reason), "visitors that were turned away: " + reason);
    }
    assertTrue(server.guestMemoryBytes() < GUEST_ROOM_BYTES, "guests that are gone hold memory");
    long used = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    if (usedHeapBytes == 0) {
      usedHeapBytes = used;
    }
    assertTrue(
        used < usedHeapBytes + HEAP_ROOM_BYTES,
        () -> "the heap grew from " + usedHeapBytes + " to " + used + " bytes");
  }

  private Client connect() throws InterruptedException {
    var client = new Client();
    var decoder = new FrameDecoder(ANSWER_FRAME_BYTES);
    decoder.deliverTo(client::received);
    client.channel =
        new Bootstrap()
            .group(clients)
            .channel(LocalChannel.class)
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new ForeignAnswer(), decoder, client);
                  }
                })
            .connect(address)
            .sync()
            .channel();
    return client;
  }

  @Override
  public void close() {
    witness.channel.close().awaitUninterruptibly();
    server.close();
    clients.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    root().detachAppender(problems);
    problems.check();
  }

  /** One connection: what the server says must be good, whatever the client says. */
  private static final class Client extends ChannelInboundHandlerAdapter {
    private final BlockingQueue<ServerMessage> answers = new LinkedBlockingQueue<>();
    private volatile @Nullable Throwable problem;
    private boolean opened;
    private boolean closed;

    @SuppressWarnings("NullAway.Init")
    Channel channel;

    void received(ChannelHandlerContext ctx, ByteBuf bytes, int index, int length) {
      try {
        ServerMessage message = Messages.parseServer(bytes.slice(index, length));
        assertTrue(!closed, () -> "after Closed came " + message);
        assertTrue(!opened || !message.hasOpened(), "Opened came twice");
        opened |= message.hasOpened();
        closed = message.hasClosed();
        answers.add(message);
      } catch (Exception | AssertionError e) {
        problem = e;
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      problem = cause;
    }

    void send(ClientMessage message) {
      channel.writeAndFlush(Frames.encode(channel.alloc(), message));
    }

    ServerMessage next() throws InterruptedException {
      ServerMessage answer = answers.poll(WIDE_ROOM_SECONDS, TimeUnit.SECONDS);
      check();
      if (answer == null) {
        throw new AssertionError("the good session isn't answered");
      }
      return answer;
    }

    void check() {
      if (problem != null) {
        throw new AssertionError("what the server sent", problem);
      }
    }
  }

  /** Passes over what is said, instead of frames, to a client that begins like HTTP or text. */
  private static final class ForeignAnswer extends ChannelInboundHandlerAdapter {
    private static final List<String> BEGINNINGS =
        List.of("HTTP/1.1 400 ", "This port speaks ", "\0\0\0\4\0\0\0\0\0");

    private boolean begun;
    private boolean foreign;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (!begun) {
        begun = true;
        String words = ((ByteBuf) message).toString(StandardCharsets.ISO_8859_1);
        foreign = BEGINNINGS.stream().anyMatch(words::startsWith);
      }
      if (foreign) {
        ReferenceCountUtil.release(message);
      } else {
        ctx.fireChannelRead(message);
      }
    }
  }

  /** What the log says went wrong, other than in guests. */
  private static final class Problems extends AppenderBase<ILoggingEvent> {
    /** How well a loop is depends on the machine, here. */
    private static final String HEALTH = "dev.mooring.transport.loop.LoopHealth";

    private final Queue<String> seen = new ConcurrentLinkedQueue<>();

    @Override
    protected void append(ILoggingEvent event) {
      boolean ours = event.getLoggerName().startsWith("dev.mooring");
      if (event.getLevel().isGreaterOrEqual(ours ? Level.ERROR : Level.WARN)
          && !event.getLoggerName().equals(HEALTH)) {
        String cause =
            event.getThrowableProxy() == null
                ? ""
                : ThrowableProxyUtil.asString(event.getThrowableProxy());
        seen.add(event.getLoggerName() + ": " + event.getFormattedMessage() + "\n" + cause);
      }
    }

    void check() {
      if (!seen.isEmpty()) {
        throw new AssertionError(String.join("\n", seen));
      }
    }
  }
}
