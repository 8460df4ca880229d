package dev.mooring.session;

import dev.mooring.guest.GuestEnvironment;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/** Puts what a guest logs into the server's log, with the session's name. */
final class GuestLogger implements GuestEnvironment.GuestLog {
  private static final Logger LOG = LoggerFactory.getLogger("dev.mooring.guest.log");

  private final String session;
  private final String module;
  private final @Nullable String tenant;

  /** For a session's guest; {@code tenant} is null where nobody is asked who they are. */
  GuestLogger(String session, String module, @Nullable String tenant) {
    this.tenant = tenant;
    this.session = session;
    this.module = module;
  }

  @Override
  public void log(GuestEnvironment.Level level, String message) {
    LoggingEventBuilder event =
        LOG.atLevel(level(level)).addKeyValue("session", session).addKeyValue("module", module);
    (tenant == null ? event : event.addKeyValue("tenant", tenant)).log(message);
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
