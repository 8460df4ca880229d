package dev.mooring.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.mooring.guest.log.LogLimits;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.RawClient;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.config.TransportConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Many sessions, few loops: every state exact, every reply in order, every call on its own loop.
 */
@Patient
final class OwnershipIT {
  private static final int CONNECTIONS = 2_000;
  private static final int CALLS = 200_000;
  private static final int CALLS_PER_BURST = 40;

  /**
   * Records on which threads a session's channel was opened and its guest's calls ran, as the log
   * tells: the first line is written by the channel's own handler, the others from within the
   * guest.
   */
  private static final class Threads extends AppenderBase<ILoggingEvent> {
    final Map<String, String> opened = new ConcurrentHashMap<>();
    final Map<String, Set<String>> called = new ConcurrentHashMap<>();
    final AtomicLong calls = new AtomicLong();

    @Override
    protected void append(ILoggingEvent event) {
      String session =
          event.getKeyValuePairs().stream()
              .filter(pair -> pair.key.equals("session"))
              .map(pair -> String.valueOf(pair.value))
              .findFirst()
              .orElseThrow();
      String thread = event.getThreadName();
      if (event.getLoggerName().equals("dev.mooring.guest.log")) {
        called.computeIfAbsent(session, s -> ConcurrentHashMap.newKeySet()).add(thread);
        calls.incrementAndGet();
      } else if (event.getFormattedMessage().startsWith("CONNECTED -> OPENING")) {
        opened.put(session, thread);
      }
    }
  }

  /** One connection, and what a model says of it. */
  private static final class Client {
    final RawClient connection;
    final String session;
    long sum;
    long received;

    Client(RawClient connection) {
      this.connection = connection;
      this.session = connection.open("tally").getSessionId();
    }
  }

  @Test
  void calls_interleavedOverManyConnections_keepStateOrderAndLoop(@TempDir Path modules)
      throws Exception {
    long seed = System.nanoTime();
    System.out.println("OwnershipIT: seed " + seed);
    var threads = new Threads();
    threads.start();
    listenTo("dev.mooring.guest.log", threads);
    listenTo("dev.mooring.session.Conversation", threads);
    // What guests log is how their threads are known: none of it may be dropped.
    var everyLine = new LogLimits(0, 0);
    var config =
        ServerConfig.of(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Guests.in(modules))
            .withLog(new LogConfig(everyLine, 0))
            .withSession(SessionLimits.DEFAULTS.withLog(everyLine))
            .withTransport(TransportConfig.DEFAULTS.withEventLoops(2).withBacklog(CONNECTIONS));
    try (var server = MooringServer.start(config)) {
      var clients = new ArrayList<Client>();
      for (int i = 0; i < CONNECTIONS; i++) {
        clients.add(new Client(new RawClient(server.address())));
      }
      assertEquals(CONNECTIONS, server.liveSpaces());
      callAtRandom(clients, new Random(seed));
      for (Client client : clients) {
        if (client.received > 0) {
          assertEquals(
              Set.of(threads.opened.get(client.session)), threads.called.get(client.session));
        }
        client.connection.close();
      }
      assertEquals(CALLS, threads.calls.get());
      var loops = new HashSet<>(threads.opened.values());
      assertEquals(Set.of("mooring-loop-0", "mooring-loop-1"), loops);
      Eventually.assertEventually(() -> server.liveSpaces() == 0, "every instance is gone");
    }
  }

  private static void callAtRandom(List<Client> clients, Random random) {
    int sent = 0;
    while (sent < CALLS) {
      Client client = clients.get(random.nextInt(clients.size()));
      int burst = Math.min(1 + random.nextInt(CALLS_PER_BURST), CALLS - sent);
      long[] expected = new long[burst];
      for (int i = 0; i < burst; i++) {
        long n = random.nextInt(1_000) - 500L;
        client.sum += n;
        expected[i] = client.sum;
        client.connection.sendCall("add", new byte[0], RawClient.i64(n));
      }
      for (long sum : expected) {
        ServerMessage answer = client.connection.receive();
        assertTrue(answer.hasResult(), answer::toString);
        assertEquals(++client.received, answer.getResult().getId());
        assertEquals(sum, answer.getResult().getValues(0).getI64());
      }
      sent += burst;
    }
  }

  private static void listenTo(String name, Threads threads) {
    var logger = (Logger) LoggerFactory.getLogger(name);
    logger.setLevel(Level.DEBUG);
    logger.setAdditive(false);
    logger.addAppender(threads);
  }
}
