package dev.mooring.transport.loop;

import static java.util.Objects.requireNonNull;

import dev.mooring.access.Authority;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.session.KeptSessions;
import dev.mooring.session.ModuleSource;
import dev.mooring.session.SessionDirectory;
import dev.mooring.session.SessionLimits;
import dev.mooring.session.SessionLoop;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server's event loops, with all that belongs to each: its thread, its sessions, its sweep, who
 * looks after it and who asks it how it does. Not for listening: a listener puts its connections on
 * them.
 *
 * <p>Any thread but an event loop's.
 */
public final class EventLoops {
  private static final Logger LOG = LoggerFactory.getLogger(EventLoops.class);

  /** How long the end is waited for, once for sessions and once for threads. */
  private static final int STOP_SECONDS = 3;

  private static final Duration POLL = Duration.ofMillis(10);

  /** How long all event loops together may take to say how they do. */
  private static final long ANSWER_NANOS = 250_000_000;

  private final LoopThreadFactory acceptThreads = new LoopThreadFactory("mooring-accept");
  private final LoopThreadFactory loopThreads = new LoopThreadFactory("mooring-loop");
  private final EventLoopGroup acceptors;
  private final BalancedLoops loops;
  private final IdentityHashMap<EventLoop, LoopContext> contexts = new IdentityHashMap<>();
  private final List<LoopProbe> probes = new ArrayList<>();

  /** Whether a thread is an event loop's, of any server: one that accepts, or one that serves. */
  public static boolean isLoop(Thread thread) {
    return thread instanceof LoopThreadFactory.LoopThread;
  }

  /** What the sessions of all loops run with. */
  public record Sessions(
      GuestRuntime runtime,
      ModuleSource modules,
      SessionLimits limits,
      Authority authority,
      KeptSessions kept) {}

  /**
   * Starts them.
   *
   * @param sickAfterMillis how long a call may go on after it was to stop, until its loop is sick
   * @param totals what is held for all clients
   * @param connections says how many there are
   */
  public EventLoops(
      Carrier carrier,
      int count,
      int sickAfterMillis,
      Sessions sessions,
      HeldTotals totals,
      IntSupplier connections) {
    acceptors = new MultiThreadIoEventLoopGroup(1, acceptThreads, carrier.io());
    var io = new LoopIo.Factory(carrier.io());
    loops = newLoops(count, io);
    try {
      equip(io, sickAfterMillis, sessions, totals, connections);
    } catch (RuntimeException | Error e) {
      stop(0);
      throw e;
    }
  }

  private BalancedLoops newLoops(int count, LoopIo.Factory io) {
    try {
      return new BalancedLoops(count, loopThreads, io);
    } catch (RuntimeException | Error e) {
      acceptThreads.letEnd();
      acceptors.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
      throw e;
    }
  }

  /** Makes for each event loop all that belongs to it. */
  private void equip(
      LoopIo.Factory io,
      int sickAfterMillis,
      Sessions parts,
      HeldTotals totals,
      IntSupplier connections) {
    var directory = new SessionDirectory();
    for (LoopLoad load : loops.loads()) {
      var loop =
          new NettyLoop(
              load.loop(),
              io.of(load.loop())::runAfterIo,
              parts.runtime()::ticks,
              parts.kept()::currentTimeMillis);
      var sessions =
          new SessionLoop(
              loop,
              parts.runtime(),
              parts.modules(),
              parts.limits(),
              parts.authority(),
              directory,
              parts.kept());
      HeldTotals.Shares held = totals.newShares();
      var sweep = new ConnectionSweep(sessions, held, load, connections);
      var spare = new SpareBuffer(ByteBufAllocator.DEFAULT);
      contexts.put(load.loop(), new LoopContext(sessions, spare, held, sweep));
      probes.add(new LoopProbe(probes.size(), sessions, sweep, load));
      every(ConnectionSweep.PERIOD_MILLIS, load.loop(), sweep);
      every(
          LoopHealth.PERIOD_MILLIS,
          acceptors.next(),
          new LoopHealth(sessions, load, sickAfterMillis));
    }
  }

  private static void every(int millis, EventLoop loop, Runnable task) {
    loop.scheduleWithFixedDelay(new ResilientTask(task), millis, millis, TimeUnit.MILLISECONDS);
  }

  /** What sessions live on, in the order of the loops. */
  public List<SessionLoop> sessionLoops() {
    return loops.loads().stream()
        .map(load -> requireNonNull(contexts.get(load.loop())).sessions())
        .toList();
  }

  /** The loop that accepts connections, which runs no sessions. */
  public EventLoopGroup acceptors() {
    return acceptors;
  }

  /** The loops that connections live on; a new one is put onto one that has little to do. */
  public EventLoopGroup group() {
    return loops;
  }

  /** What belongs to each of them. */
  public Map<EventLoop, LoopContext> contexts() {
    return contexts;
  }

  /** From now on sessions get these limits, before their module says more. */
  public void limits(SessionLimits changed) {
    contexts.forEach((loop, context) -> loop.execute(() -> context.sessions().limits(changed)));
  }

  /**
   * What each event loop says of itself. One that is held up doesn't hold up the caller for more
   * than a moment: then it is what it last said. Looks at each connection.
   */
  public List<LoopStatus> statuses() {
    List<Future<?>> answers = new ArrayList<>();
    probes.forEach(probe -> answers.add(probe.ask()));
    long end = System.nanoTime() + ANSWER_NANOS;
    for (Future<?> answer : answers) {
      answer.awaitUninterruptibly(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    }
    return probes.stream().map(LoopProbe::status).toList();
  }

  /**
   * Lets every session finish what it was asked, and waits for that until the time is over.
   *
   * @param message what clients are told
   * @return whether all were done in time
   */
  public boolean drain(String message, Duration deadline) throws InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    contexts.forEach((loop, context) -> loop.execute(() -> context.sessions().drain(message)));
    boolean done = isDone(end);
    while (!done && System.nanoTime() < end) {
      Thread.sleep(POLL);
      done = isDone(end);
    }
    return done;
  }

  /** Whether nothing is left; a loop that is held up and can't say so until then has something. */
  private boolean isDone(long endNanos) throws InterruptedException {
    for (var entry : contexts.entrySet()) {
      SessionLoop sessions = entry.getValue().sessions();
      Future<Integer> left = entry.getKey().submit(sessions::leftToDrain);
      if (!left.await(endNanos - System.nanoTime(), TimeUnit.NANOSECONDS) || left.getNow() > 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Ends every session now, and all threads. A loop that is held up, by a call that can't be
   * stopped, is waited for no longer than {@link #STOP_SECONDS}: it is left as it is.
   *
   * @param lingerMillis how long connections have to be closed by their clients
   */
  public void stop(int lingerMillis) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(STOP_SECONDS);
    var stopping = new ArrayList<Future<?>>();
    contexts.forEach((loop, context) -> stopping.add(loop.submit(() -> stop(context))));
    stopping.forEach(stopped -> awaitUntil(end, stopped));
    stopThreads(lingerMillis);
  }

  private static void stop(LoopContext context) {
    context.sessions().stop();
    context.sessions().close();
    context.spare().close();
  }

  private void stopThreads(int lingerMillis) {
    acceptThreads.letEnd();
    loopThreads.letEnd();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(STOP_SECONDS);
    var accepting = acceptors.shutdownGracefully(0, lingerMillis, TimeUnit.MILLISECONDS);
    var running = loops.shutdownGracefully(0, lingerMillis, TimeUnit.MILLISECONDS);
    awaitUntil(end, accepting);
    awaitUntil(end, running);
  }

  private static void awaitUntil(long endNanos, Future<?> future) {
    long leftNanos = Math.max(0, endNanos - System.nanoTime());
    if (!future.awaitUninterruptibly(leftNanos, TimeUnit.NANOSECONDS)) {
      LOG.error("an event loop is held up and doesn't end; it is left as it is");
    }
  }
}
