package dev.mooring.session;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the sessions of a server have come to since it started.
 *
 * @param opened sessions that got an instance
 * @param resumed how often a connection went on with a session that was kept
 * @param endings how sessions ended, and connections that were let in and never became one, by
 *     {@link EndReason#name}; what never happened isn't in it
 * @param errors calls that were answered with an error; what never happened isn't in it
 * @param committed calls of guests that committed, those of timers and closing hooks too
 * @param rolledBack calls of guests that did not
 * @param turnNanos how long turns ran, of sessions that have ended
 * @param logLinesDropped lines of guests that were more than they may log
 */
public record SessionCounts(
    long opened,
    long resumed,
    Map<String, Long> endings,
    Map<ErrorCode, Long> errors,
    long committed,
    long rolledBack,
    long turnNanos,
    long logLinesDropped) {
  public SessionCounts {
    endings = Map.copyOf(endings);
    errors = Map.copyOf(errors);
  }

  /** How many sessions ended so. */
  public long endings(String name) {
    return endings.getOrDefault(name, 0L);
  }

  /** Adds up the counts of event loops. One thread at a time. */
  public static final class Sum {
    long opened;
    long resumed;
    long committed;
    long rolledBack;
    long turnNanos;
    long logLinesDropped;
    private final Map<String, Long> endings = new TreeMap<>();
    private final Map<ErrorCode, Long> errors = new EnumMap<>(ErrorCode.class);

    void end(String name, long count) {
      if (count > 0) {
        endings.merge(name, count, Long::sum);
      }
    }

    void answer(ErrorCode code, long count) {
      if (count > 0) {
        errors.merge(code, count, Long::sum);
      }
    }

    /** Adds what others came to. */
    public void add(SessionCounts counts) {
      opened += counts.opened;
      resumed += counts.resumed;
      committed += counts.committed;
      rolledBack += counts.rolledBack;
      turnNanos += counts.turnNanos;
      logLinesDropped += counts.logLinesDropped;
      counts.endings.forEach(this::end);
      counts.errors.forEach(this::answer);
    }

    /** The sums so far. */
    public SessionCounts toCounts() {
      return new SessionCounts(
          opened, resumed, endings, errors, committed, rolledBack, turnNanos, logLinesDropped);
    }
  }
}
