package dev.mooring.session;

import dev.mooring.guest.GuestEnvironment;
import dev.mooring.guest.LogBudget;
import dev.mooring.guest.LogLimits;
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
  public boolean takes(GuestEnvironment.Level level, int bytes) {
    return LOG.isEnabledForLevel(level(level)) && tryTake(bytes);
  }

  /** Takes a line of what the session may log, whoever logs it. */
  boolean tryTake(int bytes) {
    long now = logs.nanoTime();
    LogBudget own = budget;
    if (own == null) {
      own = new LogBudget(limits, now);
      budget = own;
    }
    if (own.tryTake(bytes, now) && logs.tryTake(bytes, now)) {
      return true;
    }
    dropped++;
    logs.dropped(this);
    return false;
  }

  @Override
  public void log(GuestEnvironment.Level level, String message) {
    withNames(LOG.atLevel(level(level))).log(message);
  }

  long dropped() {
    return dropped;
  }

  /** Says how many lines were dropped since this was last said. */
  void tellDropped() {
    withNames(LOG.atWarn())
        .log("{} lines dropped: more than log_lines_per_second or log_bytes_per_second", dropped);
    dropped = 0;
  }

  /** The session has ended. */
  void end() {
    logs.ended(this);
  }

  private LoggingEventBuilder withNames(LoggingEventBuilder event) {
    LoggingEventBuilder named = event.addKeyValue("session", session).addKeyValue("module", module);
    return tenant == null ? named : named.addKeyValue("tenant", tenant);
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
