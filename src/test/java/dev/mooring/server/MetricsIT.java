package dev.mooring.server;

import static dev.mooring.server.testing.RawClient.i64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.mooring.guest.log.LogLimits;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Open;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.RawClient;
import dev.mooring.transport.config.TransportConfig;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What an operator sees of a server: its meters, and the status in its log. */
final class MetricsIT {
  private static final String TOKEN = "alices-token-0123456789";
  private static final Logger STATUS =
      (Logger) LoggerFactory.getLogger("dev.mooring.observe.StatusLog");

  @TempDir Path modules;
  @TempDir Path files;

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
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
    STATUS.setLevel(Level.INFO);
    STATUS.setAdditive(false);
    STATUS.addAppender(appender);
  }

  @AfterEach
  void listenNoMore() {
    STATUS.detachAppender(appender);
    STATUS.setAdditive(true);
    STATUS.setLevel(null);
  }

  private MooringServer start() throws Exception {
    Path tokens = Files.writeString(files.resolve("tokens"), "alice = " + TOKEN + "\n");
    return MooringServer.start(
        ServerConfig.of(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Guests.in(modules))
            .withTransport(TransportConfig.DEFAULTS.withEventLoops(2))
            .withTokens(tokens)
            .withLog(new LogConfig(LogLimits.OF_ALL, 1)));
  }

  private static void open(RawClient client, String module, String token) {
    client.send(
        ClientMessage.newBuilder()
            .setOpen(Open.newBuilder().setProtocolVersion(1).setModule(module).setAuthToken(token))
            .build());
    client.receive();
  }

  /** A session that lives, one that ended, and one that wasn't let in. */
  private static void use(MooringServer server, RawClient alive) {
    open(alive, "traps", TOKEN);
    for (int i = 0; i < 10; i++) {
      alive.callI64("inc");
    }
    alive.sendCall("unreachable", new byte[0]);
    alive.receive();
    try (var ended = new RawClient(server.address())) {
      open(ended, "counter", TOKEN);
      ended.callI64("add", i64(1));
      ended.sendClose();
      ended.receive();
      ended.assertEnded();
    }
    try (var stranger = new RawClient(server.address())) {
      open(stranger, "counter", "a wrong token");
      stranger.assertEnded();
    }
  }

  private double gauge(String name, String... tags) {
    return registry.get(name).tags(tags).gauge().value();
  }

  private double count(String name, String... tags) {
    return registry.get(name).tags(tags).functionCounters().stream()
        .mapToDouble(FunctionCounter::count)
        .sum();
  }

  @Test
  void meters_afterSessions_sayWhatWasDone() throws Exception {
    try (var server = start();
        var alive = new RawClient(server.address())) {
      use(server, alive);
      server.metrics().bindTo(registry);
      // A client sees the end of its connection before the server has seen that it did.
      Eventually.assertEventually(() -> gauge("mooring.connections") == 1, "one is left");
      assertEquals(1, gauge("mooring.sessions"));
      assertEquals(1, gauge("mooring.instances"));
      assertTrue(gauge("mooring.guest.memory") > 0);
      assertTrue(gauge("mooring.guest.memory.limit") > gauge("mooring.guest.memory"));
      assertEquals(0, gauge("mooring.held", "direction", "inbound"));
      assertEquals(2, count("mooring.sessions.opened"));
      assertEquals(11, count("mooring.calls", "outcome", "committed"));
      assertEquals(1, count("mooring.calls", "outcome", "rolled_back"));
      assertEquals(1, count("mooring.calls.errors", "code", "GUEST_TRAP"));
      assertEquals(1, count("mooring.sessions.ended", "reason", "CLIENT_CLOSED"));
      assertEquals(0, count("mooring.sessions.ended", "reason", "UNAUTHENTICATED"));
      assertEquals(1, count("mooring.turned.away", "reason", "UNAUTHENTICATED"));
      assertEquals(2, registry.get("mooring.loop.busy").functionCounters().size());
      assertTrue(count("mooring.loop.busy") > 0);
      assertEquals(1, gauge("mooring.tenant.sessions", "tenant", "alice"));
      assertTrue(gauge("mooring.tenant.guest.memory", "tenant", "alice") > 0);
      assertTrue(count("mooring.tenant.guest.time", "tenant", "alice") > 0);
    }
  }

  /** All lines of a kind so far, as the operator reads them. */
  private String lines(String message) {
    var text = new StringBuilder();
    for (ILoggingEvent event : events) {
      if (event.getFormattedMessage().equals(message)) {
        event.getKeyValuePairs().forEach(pair -> text.append(' ').append(pair));
        text.append('\n');
      }
    }
    return text.toString();
  }

  @Test
  void log_everySoOften_saysHowTheServerAndItsTenantsDo() throws Exception {
    try (var server = start();
        var alive = new RawClient(server.address())) {
      use(server, alive);
      Eventually.assertEventually(
          () ->
              lines("status").contains("turnedAway=\"1\" UNAUTHENTICATED=\"1\"")
                  && lines("status").contains("rolledBack=\"1\"")
                  && lines("tenant").contains("tenant=\"alice\""),
          "the log says so");
      Eventually.assertEventually(
          () -> lines("status").contains("sessions=\"1\" instances=\"1\""), "one is there");
      String status = lines("status");
      for (String key :
          List.of(
              "guestMemoryBytes",
              "inboundBytes",
              "outboundBytes",
              "callsPerSecond",
              "busy",
              "sickLoops",
              "logLinesDropped")) {
        assertTrue(status.contains(" " + key + "="), status);
      }
    }
    int told = events.size();
    Thread.sleep(1_200);
    assertEquals(told, events.size(), "a server that has ended says nothing");
  }
}
