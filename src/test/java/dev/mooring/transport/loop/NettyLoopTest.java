package dev.mooring.transport.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.session.Loop;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A task that is to run after I/O does so, however often it asks for that again; a task that is
 * executed doesn't.
 */
final class NettyLoopTest {
  private static final int ROUNDS = 200;

  enum Io {
    NIO,
    EPOLL;

    boolean isAvailable() {
      return this == NIO || Epoll.isAvailable();
    }

    IoHandlerFactory factory() {
      return this == NIO ? NioIoHandler.newFactory() : EpollIoHandler.newFactory();
    }
  }

  /** Does its loop's I/O, and notes it. */
  private record NotingIo(IoHandler io, List<String> notes) implements IoHandler {
    @Override
    public int run(IoHandlerContext context) {
      int handled = io.run(context);
      notes.add("io");
      return handled;
    }

    @Override
    public void initialize() {
      io.initialize();
    }

    @Override
    public void prepareToDestroy() {
      io.prepareToDestroy();
    }

    @Override
    public void destroy() {
      io.destroy();
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
      return io.register(handle);
    }

    @Override
    public void wakeup() {
      io.wakeup();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> type) {
      return io.isCompatible(type);
    }
  }

  /** Rounds, each of which asks for the next; what they and the loop's I/O noted. */
  private static List<String> rounds(Io io, RoundsOn how) throws Exception {
    var notes = new ArrayList<String>();
    IoHandlerFactory factory = io.factory();
    var loopIo = new LoopIo.Factory(executor -> new NotingIo(factory.newHandler(executor), notes));
    var group = new MultiThreadIoEventLoopGroup(1, loopIo);
    try {
      var done = new CompletableFuture<List<String>>();
      EventLoop loop = group.next();
      Consumer<Runnable> again =
          how.again(
              new NettyLoop(
                  loop, loopIo.of(loop)::runAfterIo, System::nanoTime, System::currentTimeMillis));
      Runnable round =
          new Runnable() {
            @Override
            public void run() {
              notes.add("round");
              if (notes.stream().filter("round"::equals).count() == ROUNDS) {
                done.complete(List.copyOf(notes));
              } else {
                again.accept(this);
              }
            }
          };
      loop.execute(round);
      return done.get(20, TimeUnit.SECONDS);
    } finally {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  private interface RoundsOn {
    Consumer<Runnable> again(Loop loop);
  }

  private static long backToBack(List<String> notes) {
    long count = 0;
    for (int i = 1; i < notes.size(); i++) {
      if (notes.get(i).equals("round") && notes.get(i - 1).equals("round")) {
        count++;
      }
    }
    return count;
  }

  @ParameterizedTest
  @EnumSource
  void executeAfterIo_eachRoundAsksForTheNext_hasIoInBetween(Io io) throws Exception {
    if (io.isAvailable()) {
      assertEquals(0, backToBack(rounds(io, loop -> loop::executeAfterIo)));
    }
  }

  @Test
  void execute_eachRoundAsksForTheNext_hasNoIoInBetween() throws Exception {
    assertTrue(backToBack(rounds(Io.NIO, loop -> loop::execute)) > 0);
  }

  /** Whoever asks and then has nothing else to do must not wait for I/O that never comes. */
  @ParameterizedTest
  @EnumSource
  void executeAfterIo_askedByATask_runsAtOnce(Io io) throws Exception {
    if (io.isAvailable()) {
      var loopIo = new LoopIo.Factory(io.factory());
      var group = new MultiThreadIoEventLoopGroup(1, loopIo);
      try {
        EventLoop loop = group.next();
        var ran = new CompletableFuture<Boolean>();
        loop.execute(
            () ->
                new NettyLoop(
                        loop,
                        loopIo.of(loop)::runAfterIo,
                        System::nanoTime,
                        System::currentTimeMillis)
                    .executeAfterIo(() -> ran.complete(loop.inEventLoop())));
        assertTrue(ran.get(20, TimeUnit.SECONDS));
      } finally {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
      }
    }
  }

  @Test
  void executeAfterIo_anotherWaits_isRefusedAndTheFirstRuns() throws Exception {
    var loopIo = new LoopIo.Factory(NioIoHandler.newFactory());
    var group = new MultiThreadIoEventLoopGroup(1, loopIo);
    try {
      EventLoop loop = group.next();
      var netty =
          new NettyLoop(
              loop, loopIo.of(loop)::runAfterIo, System::nanoTime, System::currentTimeMillis);
      var ran = new CompletableFuture<String>();
      loop.submit(
              () -> {
                netty.executeAfterIo(() -> ran.complete("first"));
                assertThrows(
                    IllegalStateException.class,
                    () -> netty.executeAfterIo(() -> ran.complete("second")));
              })
          .get(20, TimeUnit.SECONDS);
      assertEquals("first", ran.get(20, TimeUnit.SECONDS));
    } finally {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  @Test
  void executeAfterIo_taskThrows_loopGoesOn() throws Exception {
    var loopIo = new LoopIo.Factory(NioIoHandler.newFactory());
    var group = new MultiThreadIoEventLoopGroup(1, loopIo);
    try {
      EventLoop loop = group.next();
      var netty =
          new NettyLoop(
              loop, loopIo.of(loop)::runAfterIo, System::nanoTime, System::currentTimeMillis);
      loop.submit(
              () ->
                  netty.executeAfterIo(
                      () -> {
                        throw new IllegalStateException("as the test wants it");
                      }))
          .get(20, TimeUnit.SECONDS);
      assertEquals("on", loop.submit(() -> "on").get(20, TimeUnit.SECONDS));
    } finally {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }
}
