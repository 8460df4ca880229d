package dev.mooring.session;

import dev.mooring.guest.GuestEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Puts what a guest logs into the server's log, with the session's name. */
final class GuestLogger implements GuestEnvironment.GuestLog {
  private static final Logger LOG = LoggerFactory.getLogger("dev.mooring.guest.log");

  private final String session;
  private final String module;

  GuestLogger(String session, String module) {
    this.session = session;
    this.module = module;
  }

  @Override
  public void log(GuestEnvironment.Level level, String message) {
    LOG.atLevel(level(level))
        .addKeyValue("session", session)
        .addKeyValue("module", module)
        .log(message);
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
