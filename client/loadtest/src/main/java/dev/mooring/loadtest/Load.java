package dev.mooring.loadtest;

/** When the next call is sent. */
public sealed interface Load {
  /** The most calls that one connection may have unanswered. */
  int MAX_PIPELINE = 1 << 16;

  /** The most calls in a second that may be asked for. */
  double MAX_RATE_PER_SECOND = 100_000_000;

  /** How many calls one connection may have unanswered. */
  int pipeline();

  /**
   * As soon as an answer has come: each connection always has {@code pipeline} calls unanswered. It
   * finds how much a server can do; it hides how long a caller would wait, since a server that
   * stalls isn't asked meanwhile.
   */
  record ClosedLoop(int pipeline) implements Load {
    public ClosedLoop {
      Check.range("--pipeline", pipeline, 1, MAX_PIPELINE);
    }
  }

  /**
   * At its own time, whatever the server does: as callers do who know nothing of each other.
   *
   * @param ratePerSecond of all connections together
   * @param poisson whether calls come at random times, as those of independent callers do, rather
   *     than evenly
   * @param pipeline a call beyond these waits in the client, and its latency counts from when it
   *     should have been sent
   */
  record OpenLoop(double ratePerSecond, boolean poisson, int pipeline) implements Load {
    public OpenLoop {
      if (!(ratePerSecond > 0) || ratePerSecond > MAX_RATE_PER_SECOND) {
        throw LoadFailure.usage(
            "--rate is %s, expected more than 0 and at most %.0f calls per second"
                .formatted(shortest(ratePerSecond), MAX_RATE_PER_SECOND));
      }
      Check.range("--pipeline", pipeline, 1, MAX_PIPELINE);
    }

    private static String shortest(double number) {
      return number == Math.rint(number) && !Double.isInfinite(number)
          ? "%.0f".formatted(number)
          : Double.toString(number);
    }

    /** The same at another rate. */
    public OpenLoop withRate(double rate) {
      return new OpenLoop(rate, poisson, pipeline);
    }
  }
}
