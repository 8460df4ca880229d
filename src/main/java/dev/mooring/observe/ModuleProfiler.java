package dev.mooring.observe;

import dev.mooring.guest.GuestFrames;
import dev.mooring.guest.GuestModule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Looks now and then at which functions of a module event loops are in. A loop is stopped for some
 * microseconds to be looked at, where the JVM may stop it; that is as near as functions go, and not
 * good enough to tell instructions apart.
 *
 * <p>Thread-safe; whoever asks waits for as long as it takes. One at a time.
 */
public final class ModuleProfiler {
  /** How long one takes at most, in seconds. */
  public static final int MOST_SECONDS = 60;

  /** How often each event loop is looked at. */
  static final int LOOKS_PER_SECOND = 200;

  /** So many different stacks are kept; calls of others are not counted as found. */
  static final int MOST_STACKS = 10_000;

  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1) / LOOKS_PER_SECOND;

  private final Function<String, Optional<GuestModule>> modules;
  private final Supplier<List<Thread>> loops;
  private final ReentrantLock lock = new ReentrantLock();

  /**
   * Of a server.
   *
   * @param modules what is served under a name
   * @param loops the threads that run guests
   */
  public ModuleProfiler(
      Function<String, Optional<GuestModule>> modules, Supplier<List<Thread>> loops) {
    this.modules = modules;
    this.loops = loops;
  }

  /** What came of it. */
  public sealed interface Outcome {
    /** It was looked at. */
    record Done(ModuleProfile profile) implements Outcome {}

    /** Nothing is served under this name. */
    record NotFound() implements Outcome {}

    /** Another is being looked at. */
    record Busy() implements Outcome {}
  }

  /** Looks for so long. */
  public Outcome profile(String module, int seconds) throws InterruptedException {
    GuestModule found = modules.apply(module).orElse(null);
    if (found == null) {
      return new Outcome.NotFound();
    }
    if (!lock.tryLock()) {
      return new Outcome.Busy();
    }
    try {
      return new Outcome.Done(look(new GuestFrames(found), seconds));
    } finally {
      lock.unlock();
    }
  }

  private ModuleProfile look(GuestFrames frames, int seconds) throws InterruptedException {
    Map<List<Integer>, Long> stacks = new HashMap<>();
    List<Thread> threads = loops.get();
    long start = System.nanoTime();
    long end = start + TimeUnit.SECONDS.toNanos(seconds);
    long looks = 0;
    for (long next = start; next - end < 0; next += PAUSE_NANOS) {
      for (Thread thread : threads) {
        looks++;
        List<Integer> stack = frames.functions(thread.getStackTrace());
        if (!stack.isEmpty() && (stacks.size() < MOST_STACKS || stacks.containsKey(stack))) {
          stacks.merge(stack, 1L, Long::sum);
        }
      }
      TimeUnit.NANOSECONDS.sleep(Math.max(0, next + PAUSE_NANOS - System.nanoTime()));
    }
    return new ModuleProfile(looks, named(frames, stacks));
  }

  private static Map<List<String>, Long> named(
      GuestFrames frames, Map<List<Integer>, Long> stacks) {
    var named = new HashMap<List<String>, Long>();
    stacks.forEach(
        (stack, count) -> {
          var names = new ArrayList<String>();
          stack.forEach(function -> names.add(frames.name(function)));
          named.merge(names, count, Long::sum);
        });
    return named;
  }
}
