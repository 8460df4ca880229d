package dev.mooring.session;

import org.jspecify.annotations.Nullable;

/**
 * Who looks on while a session's calls are made. It is told by the session's event loop, and must
 * not hold that up.
 */
public interface SessionFollower {
  /**
   * Whether it would be told of one more call. If not, calls that come now aren't timed for it, and
   * it hears only {@linkplain #missed that} they ran.
   */
  boolean takes();

  /** A call was answered, or a timer ran, when it took none. */
  void missed();

  /**
   * A call was answered, or a timer ran.
   *
   * @param call what was called, how much came and went, how long it waited and ran
   * @param problem why it failed; null if it committed
   */
  void called(Call call, @Nullable Problem problem);

  /** The session isn't here any more: it has ended, sleeps, or has gone to another event loop. */
  void left();

  /**
   * A call.
   *
   * @param id 0 of a timer
   * @param waitedNanos until its session's turn
   */
  record Call(
      long id, String function, int inputBytes, int outputBytes, long waitedNanos, long ranNanos) {}
}
