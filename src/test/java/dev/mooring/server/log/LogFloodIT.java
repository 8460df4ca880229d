package dev.mooring.server.log;

import static dev.mooring.server.testing.RawClient.i32;
import static dev.mooring.server.testing.RawClient.i64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.mooring.guest.log.LogLimits;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.RawClient;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.config.TransportConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Guests that would fill the log. */
final class LogFloodIT {
  private static final int LINES_PER_SECOND = 20;
  private static final Pattern DROPPED = Pattern.compile("([0-9]+) lines dropped.*");
  private static final Logger GUESTS = (Logger) LoggerFactory.getLogger("dev.mooring.guest.log");
  private static final Logger SESSIONS =
      (Logger) LoggerFactory.getLogger("dev.mooring.session.Session");

  @TempDir Path modules;

  private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          events.add(event);
        }
      };

  @BeforeEach
  void listen() {
    appender.start();
    for (Logger logger : List.of(GUESTS, SESSIONS)) {
      logger.setAdditive(false);
      logger.addAppender(appender);
      logger.setLevel(Level.INFO);
    }
  }

  @AfterEach
  void listenNoMore() {
    for (Logger logger : List.of(GUESTS, SESSIONS)) {
      logger.detachAppender(appender);
      logger.setAdditive(true);
      logger.setLevel(null);
    }
  }

  private ServerConfig config() {
    return ServerConfig.of(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Guests.in(modules))
        .withTransport(TransportConfig.DEFAULTS.withEventLoops(1))
        .withSession(
            SessionLimits.DEFAULTS
                .withCallTimeouts(1_000, 1_000)
                .withLog(new LogLimits(LINES_PER_SECOND, 0)));
  }

  /** So many may have come in the time that has passed, at most. */
  private static long most(long startNanos) {
    return (long) (LINES_PER_SECOND * (2 + (System.nanoTime() - startNanos) / 1_000_000_000.0));
  }

  private long dropped() {
    return events.stream()
        .map(event -> DROPPED.matcher(event.getFormattedMessage()))
        .filter(Matcher::matches)
        .mapToLong(match -> Long.parseLong(match.group(1)))
        .sum();
  }

  private long lines() {
    return events.stream()
        .filter(event -> !DROPPED.matcher(event.getFormattedMessage()).matches())
        .count();
  }

  @Test
  void guest_logsInALoop_logStaysBoundedAndTheNeighbourIsServed() throws Exception {
    int calls = 50;
    int linesPerCall = 1_000;
    try (var server = MooringServer.start(config());
        var good = new RawClient(server.address())) {
      good.open("counter");
      long start = System.nanoTime();
      String session;
      try (var flood = new RawClient(server.address())) {
        session = flood.open("greedy").getSessionId();
        var over = new AtomicBoolean();
        var failure = new AtomicReference<Throwable>();
        Thread neighbour =
            Thread.ofPlatform()
                .start(
                    () -> {
                      try {
                        for (long sum = 1; !over.get(); sum++) {
                          assertEquals(sum, good.callI64("add", i64(1)));
                        }
                      } catch (RuntimeException | Error e) {
                        failure.set(e);
                      }
                    });
        for (int i = 0; i < calls; i++) {
          flood.call("logs", i32(linesPerCall), i32(8_192));
        }
        over.set(true);
        neighbour.join();
        assertEquals(null, failure.get());
        flood.sendClose();
        flood.receive();
      }
      Eventually.assertEventually(() -> dropped() > 0, "the log says how many were dropped");
      assertTrue(lines() >= LINES_PER_SECOND, lines() + " lines");
      assertTrue(lines() <= most(start), lines() + " lines");
      // Two of five are below INFO, which nobody wants to read: they are not dropped.
      assertEquals(calls * (linesPerCall / 5 * 3L), lines() + dropped());
      assertEquals(dropped(), server.counts().logLinesDropped());
      var names = events.getLast().getKeyValuePairs().toString();
      assertTrue(names.contains("session=\"" + session + "\""), names);
      assertTrue(names.contains("module=\"greedy\""), names);
    }
  }

  @Test
  void timers_thatFail_logNoMoreThanTheGuestMay() throws Exception {
    try (var server = MooringServer.start(config());
        var client = new RawClient(server.address())) {
      client.open("lifecycle", Map.of("timer", "fail"));
      long start = System.nanoTime();
      for (int i = 0; i < 500; i++) {
        client.call("arm", i32(i % 64), i32(0));
      }
      client.sendClose();
      client.receive();
      Eventually.assertEventually(() -> dropped() > 0, "the log says how many were dropped");
      assertTrue(lines() >= LINES_PER_SECOND, lines() + " lines");
      assertTrue(lines() <= most(start), lines() + " lines");
    }
  }
}
