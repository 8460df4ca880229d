package dev.mooring.session;

import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.guest.log.LogBudget;
import dev.mooring.guest.log.LogLimits;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Puts what a guest logs into the server's log, with the session's name. What is more than the
 * session may log, or all guests together, is dropped and counted.
 *
 * <p>Event loop only.
 */
final class GuestLogger implements GuestEnvironment.GuestLog {
  private static final Logger LOG = LoggerFactory.getLogger("dev.mooring.guest.log");

  private final GuestLogs logs;
  private final LogLimits limits;
  private final String session;
  private final String module;
  private final @Nullable String tenant;

  /** Null until the guest logs something, as most never do. */
  private @Nullable LogBudget budget;

  /** Lines that were dropped and not told of yet. */
  private long dropped;

  /** For a session's guest; {@code tenant} is null where nobody is asked who they are. */
  GuestLogger(
      GuestLogs logs, LogLimits limits, String session, String module, @Nullable String tenant) {
    this.logs = logs;
    this.limits = limits;
    this.tenant = tenant;
    this.session = session;
    this.module = module;
  }

  @Override
  public boolean takes(GuestEnvironment.Level level) {
    return LOG.isEnabledForLevel(level(level)) && mayLog();
  }

  /** Whether the session may have a line more, whoever logs it; if not, it is dropped. */
  boolean mayLog() {
    long now = logs.nanoTime();
    if (!budget(now).isSpent(now) && !logs.isSpent(now)) {
      return true;
    }
    dropped++;
    logs.dropped(this);
    return false;
  }

  private LogBudget budget(long now) {
    LogBudget own = budget;
    if (own == null) {
      own = new LogBudget(limits, now);
      budget = own;
    }
    return own;
  }

  @Override
  public void log(GuestEnvironment.Level level, String message) {
    withNames(LOG.atLevel(level(level))).log(written(message, module));
  }

  /**
   * Words of the guest's as they may stand in a line that is logged now. The whole line counts as
   * the session's.
   *
   * @param name of what the line names beside session and tenant
   */
  String written(String words, String name) {
    int besides = LogLine.FRAME_BYTES + namesBytes(name);
    LogLine line = LogLine.of(words, LogLine.MAX_BYTES - besides);
    long now = logs.nanoTime();
    budget(now).charge(besides + line.bytes(), now);
    logs.charge(besides + line.bytes(), now);
    return line.text();
  }

  private int namesBytes(String name) {
    return LogLine.bytes(session)
        + LogLine.bytes(name)
        + (tenant == null ? 0 : LogLine.bytes(tenant))
        + (logs.trace() == null ? 0 : TraceParent.LOGGED_BYTES);
  }

  long dropped() {
    return dropped;
  }

  /** Says how many lines were dropped since this was last said. */
  void tellDropped() {
    String told =
        dropped + " lines dropped: more than log_lines_per_second or log_bytes_per_second";
    withNames(LOG.atWarn()).log(told);
    logs.charge(LogLine.FRAME_BYTES + namesBytes(module) + told.length(), logs.nanoTime());
    dropped = 0;
  }

  /** The session has ended. */
  void end() {
    logs.ended(this);
  }

  private LoggingEventBuilder withNames(LoggingEventBuilder event) {
    LoggingEventBuilder named = event.addKeyValue("session", session).addKeyValue("module", module);
    if (tenant != null) {
      named = named.addKeyValue("tenant", tenant);
    }
    return TraceParent.log(named, logs.trace());
  }

  private static Level level(GuestEnvironment.Level level) {
    return switch (level) {
      case TRACE -> Level.TRACE;
      case DEBUG -> Level.DEBUG;
      case INFO -> Level.INFO;
      case WARN -> Level.WARN;
      case ERROR -> Level.ERROR;
    };
  }
}
