package dev.mooring.bench;

import com.sun.management.ThreadMXBean;
import dev.mooring.bench.peers.PeerServer;
import dev.mooring.proto.v1.Error;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ThreadInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * How much heap a running server allocates for a call, in the steady state: what the JVM counts for
 * the event loops' threads, before and after a million calls of sessions that are open already. The
 * JVM counts whole thread-local buffers as they are used, to the byte, whatever the collector does.
 */
final class Garbage {
  /** How Mooring calls the threads of its event loops. */
  static final String MOORING_LOOPS = "mooring-loop";

  /** How {@link PeerServer} does. */
  static final String PEER_LOOPS = "peer-loop";

  private static final int SESSIONS = 64;
  private static final int PIPELINE = 16;
  private static final int LIMIT_SECONDS = 120;

  private final List<Calling> sessions = new ArrayList<>();
  private final LoadLoop loop;
  private long left;
  private int unanswered;
  private CompletableFuture<Void> done = new CompletableFuture<>();

  private Garbage(LoadLoop loop) {
    this.loop = loop;
  }

  /**
   * Measures.
   *
   * @param threads how the names of its event loops' threads begin
   * @param warmUpCalls before
   * @return bytes for each call
   */
  static double bytesPerCall(
      ServerProcess server, Door door, String threads, long warmUpCalls, long calls)
      throws Exception {
    try (var loop = new LoadLoop(server.port(), door)) {
      var garbage = new Garbage(loop);
      garbage.open();
      garbage.call(warmUpCalls);
      try (var machine = new OtherMachine(server.pids().getFirst())) {
        ThreadMXBean asked = machine.threads();
        garbage.call(warmUpCalls);
        long before = allocated(asked, threads);
        garbage.call(calls);
        return (double) (allocated(asked, threads) - before) / calls;
      }
    }
  }

  private static long allocated(ThreadMXBean machine, String threads) {
    long sum = 0;
    int found = 0;
    for (ThreadInfo thread : machine.getThreadInfo(machine.getAllThreadIds())) {
      if (thread != null && thread.getThreadName().startsWith(threads)) {
        sum += machine.getThreadAllocatedBytes(thread.getThreadId());
        found++;
      }
    }
    Wrong.check(found > 0, "the server has no thread called " + threads);
    return sum;
  }

  private void open() throws Exception {
    unanswered = SESSIONS;
    for (int i = 0; i < SESSIONS; i++) {
      var session = new Calling(i);
      sessions.add(session);
      session.start(loop);
    }
    done.get(LIMIT_SECONDS, TimeUnit.SECONDS);
  }

  /** Calls so often, and waits for the last answer. */
  private void call(long calls) throws Exception {
    var all = new CompletableFuture<Void>();
    loop.thread()
        .execute(
            () -> {
              done = all;
              left = calls;
              sessions.forEach(Calling::begin);
            });
    all.get(LIMIT_SECONDS, TimeUnit.SECONDS);
  }

  private void answered() {
    if (--unanswered == 0 && left == 0) {
      done.complete(null);
    }
  }

  private void failed(String what) {
    done.completeExceptionally(new Wrong("echo: " + what));
  }

  /** Keeps some calls unanswered as long as there are any left. */
  private final class Calling extends LoadSession {
    private final int number;
    private final ByteBuf payload = Unpooled.buffer(Payload.BYTES);
    private ByteBuf out = Unpooled.EMPTY_BUFFER;
    private int function;

    Calling(int number) {
      super("echo");
      this.number = number;
      Payload.write(payload, number);
    }

    @Override
    void opened() {
      function = function("echo");
      answered();
    }

    void begin() {
      for (int i = 0; i < PIPELINE; i++) {
        next();
      }
      flush();
    }

    private void next() {
      if (left > 0) {
        left--;
        unanswered++;
        if (!out.isWritable()) {
          out = channel().alloc().ioBuffer(PIPELINE * 2 * Payload.BYTES);
        }
        writeCall(out, function, payload);
      }
    }

    private void flush() {
      if (out.isReadable()) {
        send(out);
        out = Unpooled.EMPTY_BUFFER;
      }
    }

    @Override
    void result(long id, ByteBuf body, int at, int length) {
      if (!Payload.is(body, at, length, number)) {
        failed("an answer differs from what was sent");
      }
      next();
      answered();
    }

    @Override
    public void channelReadComplete(io.netty.channel.ChannelHandlerContext ctx) {
      flush();
    }

    @Override
    void error(Error error) {
      failed(error.getCode() + ": " + error.getMessage());
    }

    @Override
    void closed() {
      failed("a session ended too soon");
    }
  }
}
