package dev.mooring.store;

import dev.mooring.error.ErrorText;
import dev.mooring.store.SharedStore.Claimed;
import dev.mooring.store.StoreWriter.Asker;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Claims sessions of a shared store, as many at a time as there are: while some are claimed the
 * next collect. Who has gone before its turn is passed over.
 *
 * <p>Thread-safe.
 */
final class ClaimLane {
  /** So many at a time at most. */
  private static final int MAX_CLAIMS = 100;

  private final Executor thread;
  private final ReentrantLock lock = new ReentrantLock();

  /** Who waits for a session, in the order in which they came. */
  private final Map<String, Asker<Claimed>> waiting = new LinkedHashMap<>();

  /** Whether somebody is about to take what collects. */
  private boolean atWork;

  ClaimLane(Executor thread) {
    this.thread = thread;
  }

  void claim(SharedStore of, String id, Asker<Claimed> asker) {
    boolean idle;
    lock.lock();
    try {
      waiting.put(id, asker);
      idle = !atWork;
      atWork = true;
    } finally {
      lock.unlock();
    }
    if (idle) {
      thread.execute(() -> work(of));
    }
  }

  private void work(SharedStore of) {
    for (var some = take(); !some.isEmpty(); some = take()) {
      some.values().removeIf(asker -> !asker.isWanted());
      if (!some.isEmpty()) {
        claim(of, some);
      }
    }
  }

  /** Those that have waited longest; none if nobody waits, and then nobody is at work. */
  private Map<String, Asker<Claimed>> take() {
    var taken = new HashMap<String, Asker<Claimed>>();
    lock.lock();
    try {
      for (var each = waiting.entrySet().iterator();
          each.hasNext() && taken.size() < MAX_CLAIMS; ) {
        var next = each.next();
        taken.put(next.getKey(), next.getValue());
        each.remove();
      }
      atWork = !taken.isEmpty();
    } finally {
      lock.unlock();
    }
    return taken;
  }

  private static void claim(SharedStore of, Map<String, Asker<Claimed>> askers) {
    SharedStore.Claims claims;
    try {
      claims = of.claim(askers.keySet());
    } catch (StoreException e) {
      fail(askers, e);
      return;
    } catch (RuntimeException | Error e) { // No memory, say. Those who come next must be served.
      fail(askers, new StoreException("sessions can't be claimed: " + ErrorText.of(e), e));
      return;
    }
    askers.forEach(
        (id, asker) -> {
          StoreException failure = claims.failed().get(id);
          StoreWriter.tell(
              failure == null
                  ? () -> asker.answered(claims.claimed().get(id))
                  : () -> asker.failed(failure));
        });
  }

  private static void fail(Map<String, Asker<Claimed>> askers, StoreException why) {
    askers.values().forEach(asker -> StoreWriter.tell(() -> asker.failed(why)));
  }
}
