package dev.mooring.server.overload;

import static dev.mooring.server.testing.RawClient.i64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.RawClient;
import dev.mooring.transport.config.TransportConfig;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * A call that can't be stopped, because it hangs in the host: here in the log, when the guest
 * writes to it.
 */
final class SickLoopIT {
  private static final int SICK_AFTER_MILLIS = 300;

  private static final Logger GUESTS = (Logger) LoggerFactory.getLogger("dev.mooring.guest.log");
  private static final Logger HEALTH =
      (Logger) LoggerFactory.getLogger("dev.mooring.transport.loop.LoopHealth");

  @TempDir Path modules;

  private final CountDownLatch release = new CountDownLatch(1);
  private final List<ILoggingEvent> healthEvents = new CopyOnWriteArrayList<>();

  private final AppenderBase<ILoggingEvent> hanging =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          try {
            release.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException("an event loop was interrupted", e);
          }
        }
      };

  private final AppenderBase<ILoggingEvent> health =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          healthEvents.add(event);
        }
      };

  @BeforeEach
  void listen() {
    hanging.start();
    health.start();
    GUESTS.setLevel(Level.INFO);
    GUESTS.setAdditive(false);
    GUESTS.addAppender(hanging);
    HEALTH.setAdditive(false);
    HEALTH.addAppender(health);
  }

  @AfterEach
  void listenNoMore() {
    release.countDown();
    GUESTS.detachAppender(hanging);
    HEALTH.detachAppender(health);
    HEALTH.setAdditive(true);
  }

  private boolean wasSaid(String what) {
    return healthEvents.stream().anyMatch(event -> event.getFormattedMessage().contains(what));
  }

  private static double sickLoops(SimpleMeterRegistry registry) {
    return registry.get("mooring.loop.sick").gauges().stream().mapToDouble(Gauge::value).sum();
  }

  @Test
  void call_thatCantBeStopped_makesItsLoopSickUntilItEnds() throws Exception {
    var config =
        ServerConfig.of(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Guests.in(modules))
            .withTransport(
                TransportConfig.DEFAULTS.withEventLoops(2).withSickAfterMillis(SICK_AFTER_MILLIS));
    try (var server = MooringServer.start(config);
        var hung = new RawClient(server.address())) {
      var registry = new SimpleMeterRegistry();
      server.metrics().bindTo(registry);
      hung.open("tally");
      hung.sendCall("add", new byte[0], i64(1));
      Eventually.assertEventually(() -> wasSaid("can't be stopped"), "the loop is known as sick");
      var stack = healthEvents.getFirst().getThrowableProxy().getStackTraceElementProxyArray();
      assertTrue(
          Arrays.stream(stack).anyMatch(frame -> frame.toString().contains("CountDownLatch.await")),
          "the log says where it hangs");
      var clients = new ArrayList<RawClient>();
      for (int i = 0; i < 10; i++) {
        clients.add(new RawClient(server.address()));
        clients.getLast().open("counter");
        assertEquals(1, clients.getLast().callI64("add", i64(1)));
      }
      Eventually.assertEventually(() -> sickLoops(registry) == 1, "the metrics know it, too");
      Eventually.assertEventually(
          () -> registry.get("mooring.sessions").gauge().value() >= 10,
          "the other loop says what it has, though this one doesn't");
      release.countDown();
      hung.receiveError(ErrorCode.DEADLINE_EXCEEDED);
      Eventually.assertEventually(() -> wasSaid("is well"), "the loop is known as well again");
      assertEquals(5, hung.callI64("add", i64(5)), "the stopped call was rolled back");
      Eventually.assertEventually(() -> sickLoops(registry) == 0, "the metrics know that, too");
      clients.forEach(RawClient::close);
    }
  }

  @Test
  void figures_withASickLoop_areWhatItLastSaid() throws Exception {
    var config =
        ServerConfig.of(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Guests.in(modules))
            .withTransport(TransportConfig.DEFAULTS.withEventLoops(1));
    try (var server = MooringServer.start(config);
        var hung = new RawClient(server.address())) {
      hung.open("tally");
      assertEquals(1, server.sessionCount());
      hung.sendCall("add", new byte[0], i64(1));
      var timeouts = Duration.ofSeconds(20);
      Eventually.assertEventually(() -> isHeldUp(), "the loop is held up");
      assertEquals(1, assertTimeoutPreemptively(timeouts, server::sessionCount));
      assertEquals(1, assertTimeoutPreemptively(timeouts, server::liveSpaces));
      assertEquals(1, assertTimeoutPreemptively(timeouts, server::counts).opened());
      assertTimeoutPreemptively(timeouts, server::held);
      release.countDown();
      hung.receiveError(ErrorCode.DEADLINE_EXCEEDED);
    }
  }

  /** Whether a guest waits for the log. */
  private static boolean isHeldUp() {
    return Thread.getAllStackTraces().entrySet().stream()
        .anyMatch(
            thread ->
                thread.getKey().getName().startsWith("mooring-loop")
                    && Arrays.stream(thread.getValue())
                        .anyMatch(frame -> frame.toString().contains("CountDownLatch.await")));
  }

  @Test
  @Timeout(60)
  void drain_withASickLoop_endsWithoutIt() throws Exception {
    var config =
        ServerConfig.of(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Guests.in(modules))
            .withDrainDeadline(Duration.ofMillis(300))
            .withTransport(
                TransportConfig.DEFAULTS.withEventLoops(2).withSickAfterMillis(SICK_AFTER_MILLIS));
    try (var server = MooringServer.start(config);
        var hung = new RawClient(server.address())) {
      hung.open("tally");
      hung.sendCall("add", new byte[0], i64(1));
      Eventually.assertEventually(() -> wasSaid("can't be stopped"), "the loop is known as sick");
      assertFalse(server.drain());
    }
  }
}
