package dev.mooring.conformance;

import dev.mooring.conformance.Verdict.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * All checks, and how they are made: one after the other, each with connections of its own.
 *
 * <p>A server may tell a client that comes so often to come less often ({@code RATE_EXCEEDED}, or
 * {@code SERVER_OVERLOADED}); the check is then made again a little later, up to {@link #ATTEMPTS}
 * times.
 */
public final class Conformance {
  /** How often a check is made that the server has no room for. */
  static final int ATTEMPTS = 6;

  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);

  private Conformance() {}

  /**
   * A check for every rule, in the order of PROTOCOL.md's tables; those of rules that nobody sees
   * from outside say why.
   */
  public static List<Check> checks() {
    return Stream.of(
            FrameChecks.all(),
            OpeningChecks.all(),
            CallChecks.all(),
            EventChecks.all(),
            EndingChecks.all(),
            KeptChecks.all(),
            UnseenRules.all())
        .flatMap(List::stream)
        .toList();
  }

  /**
   * Makes one check.
   *
   * @return what came of it; whatever the server does is an outcome, and no exception
   */
  public static Verdict run(Check check, Target target) {
    long start = System.nanoTime();
    Duration pause = FIRST_PAUSE;
    for (int attempt = 1; ; attempt++) {
      try {
        check.body().run(target);
        return verdict(check, Outcome.PASSED, "", start);
      } catch (Finding e) {
        return verdict(check, Outcome.FAILED, String.valueOf(e.getMessage()), start);
      } catch (Skip e) {
        return verdict(check, Outcome.SKIPPED, String.valueOf(e.getMessage()), start);
      } catch (Throttled e) {
        if (attempt == ATTEMPTS || !sleep(pause)) {
          String detail = "the server doesn't let this client in: " + e.getMessage();
          return verdict(check, Outcome.FAILED, detail, start);
        }
        pause = pause.multipliedBy(2);
      }
    }
  }

  private static Verdict verdict(Check check, Outcome outcome, String detail, long startNanos) {
    return new Verdict(check, outcome, detail, Duration.ofNanos(System.nanoTime() - startNanos));
  }

  private static boolean sleep(Duration pause) {
    try {
      Thread.sleep(pause);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
