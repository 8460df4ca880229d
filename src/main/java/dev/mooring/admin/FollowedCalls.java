package dev.mooring.admin;

import dev.mooring.session.Problem;
import dev.mooring.session.SessionFollower;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Calls of a session that is followed, on their way from its event loop to whoever looks: so many,
 * and the rest is counted and dropped.
 *
 * <p>Thread-safe.
 */
final class FollowedCalls implements SessionFollower {
  /**
   * So many calls wait to be shown, ten times a second: more than anybody reads, and all that a
   * session does that isn't called more often than 500 times a second.
   */
  static final int MOST = 50;

  private static final double NANOS_PER_MICRO = 1e3;

  private final ArrayBlockingQueue<Seen> calls = new ArrayBlockingQueue<>(MOST);
  private volatile boolean left;

  /** How many weren't kept; the event loop alone counts. */
  private final AtomicLong missed = new AtomicLong();

  /** How many of those were told of; whoever looks alone counts. */
  private long toldMissed;

  private record Seen(long atMillis, Call call, @Nullable Problem problem) {}

  @Override
  public boolean takes() {
    return calls.size() < MOST;
  }

  @Override
  public void missed() {
    missed.lazySet(missed.get() + 1);
  }

  @Override
  public void called(Call call, @Nullable Problem problem) {
    if (!calls.offer(new Seen(System.currentTimeMillis(), call, problem))) {
      missed();
    }
  }

  @Override
  public void left() {
    left = true;
  }

  /** What has come since this was last asked, as server-sent events; empty if nothing has. */
  String take() {
    boolean isOver = left; // Before its last calls are looked for.
    var text = new StringBuilder();
    for (Seen seen = calls.poll(); seen != null; seen = calls.poll()) {
      event(text, "call", call(seen));
    }
    long all = missed.get();
    if (all > toldMissed) {
      event(text, "dropped", Json.object("calls", all - toldMissed));
      toldMissed = all;
    }
    if (isOver) {
      event(text, "left", Json.object());
    }
    return text.toString();
  }

  boolean hasLeft() {
    return left;
  }

  private static Object call(Seen seen) {
    Call call = seen.call();
    Problem problem = seen.problem();
    return Json.object(
        "time_ms", seen.atMillis(),
        "id", Long.toUnsignedString(call.id()),
        "function", call.function(),
        "input_bytes", call.inputBytes(),
        "output_bytes", call.outputBytes(),
        "waited_us", call.waitedNanos() / NANOS_PER_MICRO,
        "ran_us", call.ranNanos() / NANOS_PER_MICRO,
        "error", problem == null ? null : problem.code().name(),
        "message", problem == null ? null : problem.message());
  }

  private static void event(StringBuilder text, String name, Object data) {
    text.append("event: ").append(name).append("\ndata: ").append(Json.text(data)).append("\n\n");
  }
}
