package dev.mooring.server;

import dev.mooring.transport.config.ConnectionLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many file descriptors this process may have. Each connection is one, and so is each file that
 * is open; where none is left, neither can be had. So no more connections are let in than leave
 * some for files, and for telling those that are turned away why.
 *
 * @param limit how many there may be; {@link Integer#MAX_VALUE} where that isn't known
 * @param open how many there are before the first event loop
 * @param eventLoops how many event loops there will be
 */
record Descriptors(int limit, int open, int eventLoops) {
  /** Files of our own that are open for a moment: modules, certificates, tokens, folders. */
  static final int FILES = 32;

  /** Of those that are free, one in so many is for connections that are turned away. */
  private static final int TURNED_AWAY_SHARE = 10;

  /** Of an event loop: what it waits with, what wakes it, and its clock. */
  private static final int OF_A_LOOP = 3;

  private static final Logger LOG = LoggerFactory.getLogger(Descriptors.class);
  private static final Pattern LIMIT = Pattern.compile("(?m)^Max open files +([0-9]{1,9}) ");
  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final Path OPEN = Path.of("/proc/self/fd");

  /** Those of this process, where Linux tells of them. */
  static Descriptors ofThisProcess(int eventLoops) {
    try (Stream<Path> files = Files.list(OPEN)) {
      Matcher limit = LIMIT.matcher(Files.readString(LIMITS));
      if (limit.find()) {
        return new Descriptors(Integer.parseInt(limit.group(1)), (int) files.count(), eventLoops);
      }
    } catch (IOException e) {
      LOG.atDebug().log("not known how many files may be open: {}", e.toString());
    }
    return new Descriptors(Integer.MAX_VALUE, 0, eventLoops);
  }

  /** What a server needs before the first connection: with one loop more, which accepts. */
  private int ownCount() {
    return open + OF_A_LOOP * (eventLoops + 1) + 1 + FILES;
  }

  /** How many connections there may be. */
  int connections() {
    int free = limit - ownCount();
    return free - Math.max(1, free / TURNED_AWAY_SHARE);
  }

  /** How many a server needs that has so many connections. */
  long needed(int connections) {
    return ownCount() + 1L + connections + connections / (TURNED_AWAY_SHARE - 1);
  }

  /**
   * Says how many there are and how many are needed.
   *
   * @throws IOException if there are too few for a single connection
   */
  void check(ConnectionLimits limits) throws IOException {
    if (connections() < 1) {
      throw new IOException(
          "this process may have %d files and connections open (ulimit -n), and a server needs at least %d"
              .formatted(limit, needed(1)));
    }
    if (limit == Integer.MAX_VALUE) {
      return;
    }
    boolean areFew = connections() < limits.sessions();
    // What nobody has asked for is no reason to warn anybody.
    boolean isWish = limits.sessions() != ConnectionLimits.DEFAULTS.sessions();
    (areFew && isWish ? LOG.atWarn() : LOG.atInfo())
        .addKeyValue("descriptors", limit)
        .addKeyValue("needed", needed(limits.sessions()))
        .addKeyValue("sessions", limits.sessions())
        .addKeyValue("letIn", bound(limits).sessions())
        .log(
            areFew
                ? "fewer files and connections may be open (ulimit -n) than so many sessions need; no"
                    + " more are let in than there is room for"
                : "as many files and connections may be open as so many sessions need");
  }

  /** The limits, with no more sessions than there may be connections. */
  ConnectionLimits bound(ConnectionLimits limits) {
    return limits.withSessions(
        Math.min(limits.sessions(), connections()), limits.sessionsPerAddress());
  }
}
