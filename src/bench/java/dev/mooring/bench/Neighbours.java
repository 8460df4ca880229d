package dev.mooring.bench;

import dev.mooring.proto.Frames;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.ErrorCode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Sessions of one bad kind, and how much of it they got done. One that is ended starts anew.
 *
 * <p>Started and stopped from one thread, and runs on its loop's; the counts may be read once it
 * has stopped.
 */
final class Neighbours {
  /** The kinds of them. */
  enum Kind {
    SPIN("4 spin for ever", "%,d calls stopped, %,d answered otherwise"),
    HEAVY("4 pipeline heavy calls", "%,d calls answered, %,d stopped at the deadline"),
    FLOOD("50 flood tiny calls", "%,d calls answered, %,d failed"),
    DEAF("4 send and never read", "%,d calls written, %,d connections ended by the server"),
    CHURN(
        "100 open and leave", "%,d sessions opened, %,d connections refused for coming too often"),
    GARBAGE("1 sends garbage", "%,d connections of garbage, %,d of them ended by the server");

    private final String does;
    private final String deeds;

    Kind(String does, String deeds) {
      this.does = does;
      this.deeds = deeds;
    }

    /** For people. */
    String does() {
      return does;
    }

    /** For programs. */
    String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** What they did, for people, from {@link Neighbours#done} and {@link Neighbours#other}. */
    String deeds(long done, long other) {
      return String.format(Locale.ROOT, deeds, done, other);
    }
  }

  /** What runs for ever: one session of each. */
  static final List<String> SPINNERS =
      List.of("spin_counted", "spin_store", "spin_fill", "spin_fib");

  private static final int HEAVY_SESSIONS = 4;
  private static final int HEAVY_IN_FLIGHT = 8;
  private static final int FLOODERS = 50;
  private static final int DEAF_SESSIONS = 4;
  private static final int CHURNERS = 100;

  /** How many calls a flooder writes at a time, and how often before others get their turn. */
  private static final int BATCH_CALLS = 64;

  private static final int BATCHES_AT_A_TIME = 8;

  private static final int RETRY_MILLIS = 10;
  private static final int GARBAGE_WAIT_MILLIS = 20;
  private static final long GARBAGE_SEED = 20_260_101;

  private final LoadLoop loop;
  private final int heavyWork;
  private final ChannelGroup channels;
  private boolean stopping;
  private long done;
  private long other;

  /**
   * Starts them.
   *
   * @param heavyWork what a heavy call is asked for: see {@link HeavyWork}
   */
  Neighbours(LoadLoop loop, Kind kind, int heavyWork) {
    this.loop = loop;
    this.heavyWork = heavyWork;
    this.channels = new DefaultChannelGroup(loop.thread());
    loop.thread().execute(() -> start(kind));
  }

  private void start(Kind kind) {
    switch (kind) {
      case SPIN -> SPINNERS.forEach(this::spin);
      case HEAVY -> times(HEAVY_SESSIONS, this::heavy);
      case FLOOD -> times(FLOODERS, this::flood);
      case DEAF -> times(DEAF_SESSIONS, this::deaf);
      case CHURN -> times(CHURNERS, this::churn);
      case GARBAGE -> garbage(new Random(GARBAGE_SEED));
    }
  }

  private static void times(int count, Runnable action) {
    for (int i = 0; i < count; i++) {
      action.run();
    }
  }

  /** Ends them all, and waits until that is done. */
  void stop() throws InterruptedException {
    loop.thread().submit(() -> stopping = true).await();
    channels.close().await();
  }

  /** How often they did what is bad of them. */
  long done() {
    return done;
  }

  /** How often it went otherwise. */
  long other() {
    return other;
  }

  private void spin(String module) {
    new Spinning(module).start(loop);
  }

  private void heavy() {
    new Heavy().start(loop);
  }

  private void flood() {
    new Flooding().start(loop);
  }

  private void deaf() {
    new Deaf().start(loop);
  }

  private void churn() {
    new Churning().start(loop);
  }

  /** A session that is one of these, and is followed by its like. */
  private abstract class Bad extends LoadSession {
    Bad(String module) {
      super(module);
    }

    /** Starts the next of its kind. */
    abstract void again();

    @Override
    void begin(Channel ready) {
      channels.add(ready);
      if (stopping) {
        ready.close();
      } else {
        super.begin(ready);
      }
    }

    @Override
    void closed() {
      if (!stopping) {
        loop.thread().schedule(this::again, RETRY_MILLIS, TimeUnit.MILLISECONDS);
      }
    }
  }

  /** Calls what never returns, and again when it was stopped. */
  private final class Spinning extends Bad {
    private final String module;

    Spinning(String module) {
      super(module);
      this.module = module;
    }

    @Override
    void again() {
      spin(module);
    }

    @Override
    void opened() {
      spinAgain();
    }

    private void spinAgain() {
      ByteBuf out = channel().alloc().ioBuffer();
      writeCall(out, function("spin"), Unpooled.EMPTY_BUFFER);
      send(out);
    }

    @Override
    void result(long id, ByteBuf body, int at, int length) {
      other++;
      spinAgain();
    }

    @Override
    void error(Error error) {
      if (error.getCode() == ErrorCode.DEADLINE_EXCEEDED) {
        done++;
      } else {
        other++;
      }
      if (error.getId() != 0) {
        spinAgain();
      }
    }
  }

  /** Always has some calls waiting that each take almost as long as a call may. */
  private final class Heavy extends Bad {
    private int function;

    Heavy() {
      super(HeavyWork.MODULE);
    }

    @Override
    void again() {
      heavy();
    }

    @Override
    void opened() {
      function = function(HeavyWork.FUNCTION);
      times(HEAVY_IN_FLIGHT, this::callAgain);
    }

    private void callAgain() {
      ByteBuf out = channel().alloc().ioBuffer();
      writeCall(out, function, heavyWork);
      send(out);
    }

    @Override
    void result(long id, ByteBuf body, int at, int length) {
      done++;
      callAgain();
    }

    @Override
    void error(Error error) {
      other++;
      if (error.getId() != 0) {
        callAgain();
      }
    }
  }

  /** Writes tiny calls for as long as the connection takes them. */
  private class Flooding extends Bad {
    private int function;
    private boolean writing;

    Flooding() {
      super("page17");
    }

    @Override
    void again() {
      flood();
    }

    @Override
    void opened() {
      function = function("get");
      write();
    }

    @Override
    void writable() {
      write();
    }

    private void write() {
      // A write may find the connection writable again, and ask for more from within.
      if (writing) {
        return;
      }
      writing = true;
      for (int i = 0; i < BATCHES_AT_A_TIME && channel().isWritable(); i++) {
        ByteBuf out = channel().alloc().ioBuffer(BATCH_CALLS * 16);
        for (int call = 0; call < BATCH_CALLS; call++) {
          writeCall(out, function, Unpooled.EMPTY_BUFFER);
        }
        send(out);
        wrote(BATCH_CALLS);
      }
      writing = false;
      if (channel().isWritable() && channel().isActive()) {
        loop.thread().execute(this::write);
      }
    }

    void wrote(int calls) {}

    @Override
    void result(long id, ByteBuf body, int at, int length) {
      done++;
    }

    @Override
    void error(Error error) {
      other++;
    }
  }

  /** Does the same, and reads nothing. */
  private final class Deaf extends Flooding {
    @Override
    void again() {
      deaf();
    }

    @Override
    void opened() {
      channel().config().setAutoRead(false);
      super.opened();
    }

    @Override
    void wrote(int calls) {
      done += calls;
    }

    @Override
    void closed() {
      if (!stopping) {
        other++;
      }
      super.closed();
    }
  }

  /** Opens a session and leaves at once: with a goodbye, without one, or with a reset, in turn. */
  private final class Churning extends Bad {
    private boolean hasOpened;

    Churning() {
      super("page17");
    }

    @Override
    void again() {
      churn();
    }

    @Override
    void opened() {
      hasOpened = true;
      switch ((int) (done++ % 3)) {
        case 0 -> sendClose();
        case 1 -> close();
        default -> {
          channel().config().setOption(ChannelOption.SO_LINGER, 0);
          close();
        }
      }
    }

    @Override
    void closed() {
      if (hasOpened && !stopping) {
        churn();
      } else if (!stopping) {
        other++;
        super.closed();
      }
    }
  }

  private void garbage(Random random) {
    if (!stopping) {
      var _ =
          loop.connect(new Garbage(random))
              .addListener(
                  connected -> {
                    if (!connected.isSuccess()) {
                      loop.thread()
                          .schedule(() -> garbage(random), RETRY_MILLIS, TimeUnit.MILLISECONDS);
                    }
                  });
    }
  }

  /** A connection that sends what is no message, in one of some ways, and then another. */
  private final class Garbage extends ChannelInboundHandlerAdapter {
    private static final int MOST_BYTES = 4_096;

    private final Random random;
    private boolean gaveUp;

    Garbage(Random random) {
      this.random = random;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      channels.add(ctx.channel());
      done++;
      byte[] bytes = new byte[1 + random.nextInt(MOST_BYTES)];
      random.nextBytes(bytes);
      ByteBuf out = ctx.alloc().ioBuffer();
      switch (random.nextInt(4)) {
        // No frames at all.
        case 0 -> out.writeBytes(bytes);
        // A frame of some bytes.
        case 1 -> {
          Frames.writeVarint(out, bytes.length);
          out.writeBytes(bytes);
        }
        // A frame longer than any may be.
        case 2 -> Frames.writeVarint(out, Integer.MAX_VALUE);
        // A frame that never ends.
        default -> {
          Frames.writeVarint(out, bytes.length + 1);
          out.writeBytes(bytes);
        }
      }
      ctx.writeAndFlush(out, ctx.voidPromise());
      ctx.executor()
          .schedule(
              () -> {
                gaveUp = true;
                ctx.close();
              },
              GARBAGE_WAIT_MILLIS,
              TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ReferenceCountUtil.release(message);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      if (!gaveUp && !stopping) {
        other++;
      }
      garbage(random);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
