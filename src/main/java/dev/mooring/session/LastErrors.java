package dev.mooring.session;

import java.util.ArrayDeque;
import java.util.List;

/**
 * The last calls of a session that failed, for whoever looks at it.
 *
 * <p>Event loop only.
 */
final class LastErrors {
  /** So many are known. */
  static final int MOST = 8;

  /** A longer message is cut: it may be the guest's words. */
  static final int MOST_CHARACTERS = 200;

  private final ArrayDeque<SessionLook.Failure> failures = new ArrayDeque<>(MOST);

  /**
   * A call failed.
   *
   * @param callId 0 of a timer
   * @param atMillis since 1970
   */
  void add(long callId, Problem problem, long atMillis) {
    if (failures.size() == MOST) {
      failures.remove();
    }
    String words = problem.message();
    failures.add(
        new SessionLook.Failure(
            atMillis,
            callId,
            problem.code(),
            words.substring(0, Math.min(words.length(), MOST_CHARACTERS))));
  }

  /** The last one first. */
  List<SessionLook.Failure> look() {
    return List.copyOf(failures).reversed();
  }
}
