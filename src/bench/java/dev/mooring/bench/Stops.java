package dev.mooring.bench;

import dev.mooring.bench.MooringEngine.Loaded;
import dev.mooring.guest.Space;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.deadline.StopSwitch;
import org.jspecify.annotations.Nullable;

/**
 * How long a guest that never ends runs on past its deadline. It exports {@code spin}, which counts
 * once and never returns, and {@code get}, which must never see that count.
 *
 * <p>One thread, which is the loop.
 */
final class Stops {
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final int SHORT_MILLIS = 2;

  private final MooringEngine engine;
  private final byte[] wasm;
  private @Nullable Called stoppedOften;

  Stops(MooringEngine engine, byte[] wasm) {
    this.engine = engine;
    this.wasm = wasm;
  }

  private record Called(Loaded guest, Space space) {}

  private Called load() throws Exception {
    Loaded guest = engine.load(wasm, "spin");
    return new Called(guest, guest.open());
  }

  /**
   * Stops a module whose check costs nothing, and which is compiled anew when it has been stopped
   * so often that it would get a real one.
   *
   * @return nanoseconds from each deadline to the end of its call
   */
  long[] withFreeCheck(int count, int deadlineMillis) throws Exception {
    var late = new long[count];
    for (int done = 0; done < count; ) {
      Called fresh = load();
      int batch = Math.min(done + StopSwitch.MAX_INVALIDATIONS, count);
      while (done < batch) {
        if (fresh.guest.isChecked()) {
          throw new IllegalStateException("a module has a real check sooner than it should");
        }
        late[done++] = stop(fresh, deadlineMillis);
      }
      end(fresh);
    }
    return late;
  }

  /** Stops a module whose check is a real one, since it has been stopped often. */
  long[] withRealCheck(int count, int deadlineMillis) throws Exception {
    Called often = stoppedOften;
    if (often == null) {
      often = load();
      while (!often.guest.isChecked()) {
        stop(often, SHORT_MILLIS);
      }
      stoppedOften = often;
    }
    var late = new long[count];
    for (int i = 0; i < count; i++) {
      late[i] = stop(often, deadlineMillis);
    }
    checkRolledBack(often);
    return late;
  }

  private long stop(Called called, int deadlineMillis) {
    long start = System.nanoTime();
    CallOutcome outcome = called.guest.runFor(called.space, deadlineMillis);
    long end = System.nanoTime();
    if (!(outcome instanceof CallOutcome.TimedOut)) {
      throw new IllegalStateException("a call that never returns ended as " + outcome);
    }
    return end - start - deadlineMillis * NANOS_PER_MILLI;
  }

  private void end(Called called) {
    checkRolledBack(called);
    called.guest.close(called.space);
  }

  private void checkRolledBack(Called called) {
    long count = called.guest.with("get").call(called.space, 0);
    if (count != 0) {
      throw new IllegalStateException("of a call that was stopped, something stayed");
    }
  }
}
