package dev.mooring.server.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.mooring.access.AccessConfig;
import dev.mooring.proto.ChildJvm;
import dev.mooring.proto.LeakCheck;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.Pki;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.config.AdmissionLimits;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.config.TlsConfig;
import dev.mooring.transport.config.TransportConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Ten thousand hostile connections of fifteen kinds come to a server with TLS and tokens, while a
 * hundred good sessions work. No good call fails; memory stays under its bound; and each hostile
 * connection is counted once, under the reason that its {@link Attack} names.
 *
 * <p>The server's limits are its own, but for times and rates: with the default ones it would be
 * minutes until the last has been put out. The hostile ones are a {@link HostileProcess}.
 *
 * <p>{@code -Dmooring.hostile.seed=N} for the same choices again.
 */
@EnabledOnOs(value = OS.LINUX, disabledReason = "clients come from many addresses of loopback")
final class HostileCrowdIT {
  private static final int HOSTILE = 10_000;
  private static final int GOOD = 100;
  private static final String GOOD_TOKEN = "a-token-of-those-who-mean-well";
  private static final String BAD_TOKEN = "a-token-of-those-who-do-not";

  private static final int HANDSHAKE_MILLIS = 10_000;
  private static final int WRITE_STALL_MILLIS = 8_000;

  /** Longer than a client may take to its Open: who drips that is late for both. */
  private static final int FRAME_AGE_MILLIS = 12_000;

  /** Longer than a frame may take: who drips one is silent, too. */
  private static final int IDLE_MILLIS = 15_000;

  /** From one address: so many connections, and then one a second. */
  private static final int ACCEPT_BURST = 300;

  private static final int FAILED_OPENS_PER_MINUTE = 60;
  private static final int FLOOD_PER_SECOND = 200;

  private static final long MIB = 1 << 20;
  private static final long GUEST_BYTES = 16 * MIB;

  /**
   * What may wait for those who don't read, if they were all there at once: a session stops when 64
   * KiB wait, so it goes on with less, and then makes one more output.
   */
  private static final long OUTBOUND_BYTES =
      Attack.Kind.NEVER_READING.connections(HOSTILE)
          * (long) (TransportConfig.DEFAULTS.writeHighBytes() + 2 * Attack.DEAF_OUTPUT_BYTES);

  /**
   * What is held for a client beside that, on an average of all: the beginning of a frame, and
   * calls that wait. One in twelve announced 4 MiB, and one in twelve more than there may be.
   */
  private static final long HELD_BYTES_EACH = 8 << 10;

  /** A connection, its TLS and its session, on the heap; the detector of leaks is part of it. */
  private static final long HEAP_BYTES_EACH = 32 << 10;

  /** For guests' code, and for threads and what they keep to use again. */
  private static final long BASE_BYTES = 64 * MIB;

  @TempDir Path modules;
  @TempDir Path files;

  /** How many of each attack saw what. */
  private final Map<Attack, Map<String, Integer>> seen = new EnumMap<>(Attack.class);

  private int traps;

  private ServerConfig config(Pki pki) throws IOException {
    Path tokens =
        Files.writeString(
            files.resolve("tokens"), "good = " + GOOD_TOKEN + "\nbad = " + BAD_TOKEN + "\n");
    var door =
        AdmissionLimits.DEFAULTS
            .withHandshakeMillis(HANDSHAKE_MILLIS)
            .withRates(1, ACCEPT_BURST, FAILED_OPENS_PER_MINUTE)
            .withFloods(FLOOD_PER_SECOND, FLOOD_PER_SECOND);
    var connections =
        ConnectionLimits.DEFAULTS
            .withOutboundBytes(OUTBOUND_BYTES)
            .withTimes(WRITE_STALL_MILLIS, FRAME_AGE_MILLIS, IDLE_MILLIS);
    var transport = TransportConfig.DEFAULTS.withEventLoops(2).withLimits(connections);
    return ServerConfig.of(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Guests.in(modules))
        .withTransport(
            transport.withListener(
                transport
                    .listener()
                    .withLimits(door)
                    .withTls(TlsConfig.of(pki.certificate("server"), pki.key("server")))))
        // A good call has time also on a busy machine.
        .withSession(SessionLimits.DEFAULTS.withCallTimeouts(1_000, 1_000))
        .withGuestMemoryBytes(GUEST_BYTES)
        .withAccess(AccessConfig.DEFAULTS.withTokens(tokens));
  }

  private static Process start(int port, long seed) throws IOException {
    return new ProcessBuilder(
            ChildJvm.command(
                "-cp",
                System.getProperty("java.class.path"),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dio.netty.leakDetection.level=disabled",
                "-Xmx1g",
                HostileProcess.class.getName(),
                String.valueOf(port),
                BAD_TOKEN,
                String.valueOf(HOSTILE),
                String.valueOf(seed)))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  @Test
  @Timeout(300)
  void tenThousandHostile_besideAHundredGood_areCountedAndHurtNobody() throws Exception {
    long seed = Long.getLong("mooring.hostile.seed", System.nanoTime());
    System.out.println("HostileCrowdIT: seed " + seed);
    var pki = new Pki(files);
    pki.issueServer("server");
    try (var server = MooringServer.start(config(pki))) {
      int port = ((InetSocketAddress) server.address()).getPort();
      var sockets = pki.context(null).getSocketFactory();
      try (var good = new GoodCrowd(port, sockets, GOOD_TOKEN, GOOD, seed)) {
        good.awaitOpen();
        good.letNewcomersCome(seed);
        long directBefore = MemoryWatch.directBytes();
        long heapBefore = MemoryWatch.liveHeapBytes();
        MemoryWatch.Most most;
        var log = new ListAppender<ILoggingEvent>();
        log.start();
        root().addAppender(log);
        try (var watch = new MemoryWatch(server)) {
          attack(server, port, seed);
          most = watch.most();
        } finally {
          root().detachAppender(log);
        }
        checkLog(List.copyOf(log.list));
        report(good, most, directBefore, heapBefore);
        assertEquals(List.of(), good.failures());
        checkMemory(most, directBefore, heapBefore);
        Eventually.assertEventually(
            () -> server.connectionCount() <= GOOD + 4, "none of the hostile is left");
        good.finish();
        assertEquals(List.of(), good.failures());
        checkCounts(server, good);
      }
      Eventually.assertEventually(
          () -> server.sessionCount() + server.connectionCount() == 0, "all have gone");
      assertEquals(0, server.liveSpaces());
      assertEquals(0, server.held().total());
      assertEquals(0, server.counts().errors().getOrDefault(ErrorCode.INTERNAL, 0L));
    }
    assertEquals(List.of(), LeakCheck.drain());
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  /** What strangers do is counted; it is nothing that the operator need be woken for. */
  private static void checkLog(List<ILoggingEvent> log) {
    var loud = log.stream().filter(e -> e.getLevel().isGreaterOrEqual(Level.WARN)).toList();
    assertEquals(List.of(), loud.stream().limit(5).map(ILoggingEvent::toString).toList());
  }

  /** Lets the crowd come, until each has been put out. */
  private void attack(MooringServer server, int port, long seed) throws Exception {
    Process process = start(port, seed);
    try (BufferedReader said = process.inputReader(StandardCharsets.US_ASCII)) {
      String line = said.readLine();
      while (line != null && !line.contains("complete")) {
        read(line);
        line = said.readLine();
      }
      assertEquals("complete", line, () -> seen + " but " + server.rejectCounts());
      // These didn't look.
      int deaf = Attack.Kind.NEVER_READING.connections(HOSTILE);
      Eventually.assertEventually(
          () -> server.rejectCounts().of("WRITE_STALLED") == deaf,
          "those who don't read are put out");
    } finally {
      process.outputWriter().close();
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  private void read(String line) {
    String[] words = line.split("=", 3);
    int count = Integer.parseInt(words[1]);
    if (words[0].equals("traps")) {
      traps = count;
    } else {
      seen.computeIfAbsent(Attack.valueOf(words[0]), attack -> new TreeMap<>())
          .put(words[2], count);
    }
  }

  /** What was seen says what must have been counted, to the last connection. */
  private void checkCounts(MooringServer server, GoodCrowd good) {
    var expected = new TreeMap<String, Long>();
    for (Attack.Kind kind : Attack.Kind.values()) {
      var byReason = byReason(kind);
      assertEquals(
          kind.connections(HOSTILE),
          byReason.values().stream().mapToLong(Long::longValue).sum(),
          () -> kind + ": " + seen);
      byReason.forEach((reason, count) -> expected.merge(reason, count, Long::sum));
    }
    assertEquals(HOSTILE, expected.values().stream().mapToLong(Long::longValue).sum());
    // Those whose calls trap did nothing for which anybody is turned away.
    long trapped = expected.getOrDefault("CLIENT_CLOSED", 0L);
    expected.remove("CLIENT_CLOSED");
    var counted = new TreeMap<>(server.rejectCounts().byReason());
    for (String ofStreams : List.of("NEVER_OPENED", "ACCEPT_RATE")) {
      // Streams that are reset count as well, each as a connection.
      long atLeast = expected.getOrDefault(ofStreams, 0L);
      long count = counted.getOrDefault(ofStreams, 0L);
      assertTrue(count >= atLeast, () -> ofStreams + ": " + count + ", at least " + atLeast);
      expected.remove(ofStreams);
      counted.remove(ofStreams);
    }
    assertEquals(expected, counted);
    assertEquals(trapped * Attack.TRAPS, traps);
    var counts = server.counts();
    assertEquals((long) traps, (long) counts.errors().getOrDefault(ErrorCode.GUEST_TRAP, 0L));
    assertEquals(trapped + GOOD + good.visits(), counts.endings("CLIENT_CLOSED"));
  }

  /** How many of a kind must have been counted under which reason, by what they saw. */
  private Map<String, Long> byReason(Attack.Kind kind) {
    var counts = new TreeMap<String, Long>();
    for (Attack attack : kind.attacks()) {
      seen.getOrDefault(attack, Map.of())
          .forEach((what, count) -> counts.merge(attack.reason(what), (long) count, Long::sum));
    }
    return counts;
  }

  private static void checkMemory(MemoryWatch.Most most, long directBefore, long heapBefore) {
    assertTrue(most.outbound() <= OUTBOUND_BYTES, most::toString);
    assertTrue(most.held() <= heldBound(most), most::toString);
    assertTrue(most.guests() <= GUEST_BYTES, most::toString);
    assertTrue(most.direct() <= directBefore + directBound(most), most::toString);
    assertTrue(most.heap() <= heapBefore + heapBound(most), most::toString);
  }

  private static long heldBound(MemoryWatch.Most most) {
    return OUTBOUND_BYTES + (most.connections() + GOOD) * HELD_BYTES_EACH;
  }

  private static long directBound(MemoryWatch.Most most) {
    return heldBound(most) + BASE_BYTES;
  }

  private static long heapBound(MemoryWatch.Most most) {
    return (most.connections() + GOOD) * HEAP_BYTES_EACH + GUEST_BYTES + BASE_BYTES;
  }

  private void report(GoodCrowd good, MemoryWatch.Most most, long directBefore, long heapBefore) {
    var text = new StringBuilder();
    text.append("%,d hostile connections, %,d at once%n".formatted(HOSTILE, most.connections()));
    for (Attack.Kind kind : Attack.Kind.values()) {
      text.append("  %-18s %5d  %s%n".formatted(kind, kind.connections(HOSTILE), byReason(kind)));
    }
    text.append(
        "%d good sessions and %d newcomers: %,d calls, %d failed, the slowest took %d ms%n"
            .formatted(
                GOOD, good.visits(), good.calls(), good.failures().size(), good.slowestMillis()));
    text.append("at most, in KiB, and the bound (%d looks):%n".formatted(most.looks()));
    line(text, "held for clients", most.held(), heldBound(most));
    line(text, "waiting to be written", most.outbound(), OUTBOUND_BYTES);
    line(text, "guests' memory", most.guests(), GUEST_BYTES);
    line(text, "direct memory, more", most.direct() - directBefore, directBound(most));
    line(text, "live heap, more", most.heap() - heapBefore, heapBound(most));
    System.out.print(text);
  }

  private static void line(StringBuilder text, String what, long most, long bound) {
    text.append("  %-22s %,9d %,9d%n".formatted(what, most >> 10, bound >> 10));
  }
}
