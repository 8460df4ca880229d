package dev.mooring.admin;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Has loggers say more, or less, for a while; then they are as they were.
 *
 * <p>Thread-safe.
 */
final class LogLevels implements AutoCloseable {
  static final int MOST_SECONDS = 3_600;

  /** So many loggers are changed at a time. */
  static final int MOST_LOGGERS = 32;

  static final List<String> LEVELS = List.of("trace", "debug", "info", "warn", "error");

  private static final String ROOT = "root";

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("mooring-admin-log").daemon().factory());

  /** Those that are changed, by their names. */
  private final Map<String, Changed> changed = new HashMap<>();

  private record Changed(@Nullable Level before, ScheduledFuture<?> end) {}

  /**
   * Changes one.
   *
   * @throws Problem if it can't be
   */
  synchronized void set(String name, String level, int seconds) throws Problem {
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
      throw new Problem(
          HttpResponseStatus.CONFLICT, "the program that runs this server has a log of its own");
    }
    boolean isRoot = name.equals(ROOT);
    Logger logger = isRoot ? context.getLogger(Logger.ROOT_LOGGER_NAME) : context.exists(name);
    if (logger == null) {
      throw Problem.notFound(
          "there is no logger '"
              + name
              + "'; expected root, or a name such as dev.mooring.session");
    }
    Changed known = changed.get(name);
    if (known == null && changed.size() == MOST_LOGGERS) {
      throw new Problem(
          HttpResponseStatus.CONFLICT, MOST_LOGGERS + " loggers are changed already; no more are");
    }
    Level before = known == null ? logger.getLevel() : known.before;
    if (known != null) {
      known.end.cancel(false);
    }
    logger.setLevel(Level.toLevel(level.toUpperCase(Locale.ROOT)));
    changed.put(
        name,
        new Changed(
            before, timer.schedule(() -> restore(name, logger), seconds, TimeUnit.SECONDS)));
  }

  private synchronized void restore(String name, Logger logger) {
    Changed known = changed.remove(name);
    if (known != null) {
      logger.setLevel(known.before);
    }
  }

  /** All are as they were. */
  @Override
  public synchronized void close() {
    timer.shutdownNow();
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      for (String name : List.copyOf(changed.keySet())) {
        restore(name, context.getLogger(name.equals(ROOT) ? Logger.ROOT_LOGGER_NAME : name));
      }
    }
  }
}
