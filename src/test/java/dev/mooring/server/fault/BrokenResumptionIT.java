package dev.mooring.server.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.mooring.client.Keep;
import dev.mooring.client.OpenOptions;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Resume;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.fault.FaultProxy.Fault;
import dev.mooring.server.fault.FaultProxy.Link;
import dev.mooring.server.fault.FaultProxy.Pace;
import dev.mooring.server.fault.FaultProxy.Way;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.LoggedDefects;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.RawClient;
import dev.mooring.server.testing.programs.Load;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * Connections that break, or are slow, at each byte of the exchange by which a session goes on:
 * whatever the client says, its calls that it makes again included, and whatever the server says.
 * Every second connection breaks somewhat later, so that calls are under way. {@code src/bench/run
 * broken} has more of them.
 */
@Timeout(7_200)
@EnabledIfEnvironmentVariable(
    named = "CI",
    matches = "true",
    disabledReason = "a quarter of a minute")
@Patient
final class BrokenResumptionIT {
  private static final long SEED = Long.getLong("mooring.fault.seed", System.nanoTime());

  /** So many are struck within the exchange. */
  private static final int CONNECTIONS = Integer.getInteger("mooring.connections", 200);

  /** A proxy keeps what it has cut until it is closed. */
  private static final int ROUND = 1_000;

  /** Nobody waits for longer than a few seconds until he connects again. */
  private static final long SECONDS = 60;

  private static final int CALL_TIMEOUT_MILLIS = 20_000;
  private static final int ADDERS = 24;
  private static final int OTHERS = 4;

  /** Some calls that are made again, and some answers that are given again. */
  private static final int BYTES_BEHIND = 60;

  private static final int FRAME_HEADER_BYTES = 4;
  private static final int MOST_BYTES_LATER = 4_000;
  private static final int MOST_DELAY_MILLIS = 20;

  @TempDir static Path modules;

  private static final LoggedDefects DEFECTS = new LoggedDefects();
  private static MooringServer server;

  @BeforeAll
  static void start() throws IOException {
    System.out.println("BrokenResumptionIT: -Dmooring.fault.seed=" + SEED);
    DEFECTS.attach();
    var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    ServerConfig config = ServerConfig.of(anyPort, Guests.in(modules));
    // What is stopped on a busy machine, as it should be, would be missed here.
    server =
        MooringServer.start(
            config.withSession(
                config.session().withCallTimeouts(CALL_TIMEOUT_MILLIS, CALL_TIMEOUT_MILLIS)));
  }

  @AfterAll
  static void stop() {
    server.close();
    DEFECTS.detach();
    assertEquals(List.of(), DEFECTS.told);
  }

  /**
   * What befalls a connection.
   *
   * @param fault null: what comes then is late, and it is reset some time afterwards
   */
  private record Blow(Way way, @Nullable Fault fault, int afterBytes) {
    /**
     * @param later after how many more bytes one is reset that was late
     */
    void strike(Link link, int delayMillis, int later) {
      try {
        if (fault == null) {
          Thread.sleep(delayMillis);
          link.hold(way, later, () -> new Blow(way, Fault.RESET, 0).strike(link, 0, 0));
        } else {
          link.strike(
              fault, fault == Fault.HALF_CLOSE ? EnumSet.of(way) : EnumSet.allOf(Way.class));
        }
      } catch (IOException e) {
        // It is gone already.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Each that there is, in an order that is left to chance. */
  private static List<Blow> blows(Map<Way, Integer> lengths, Random random) {
    var blows = new ArrayList<Blow>();
    lengths.forEach(
        (way, length) -> {
          for (int bytes = 0; bytes < length; bytes++) {
            blows.add(new Blow(way, null, bytes));
            for (Fault fault : Fault.values()) {
              blows.add(new Blow(way, fault, bytes));
            }
          }
        });
    Collections.shuffle(blows, random);
    return blows;
  }

  /** How many bytes are said each way until a session goes on, and some more. */
  private static Map<Way, Integer> lengths() {
    ByteString token;
    try (var client = new RawClient(server.address())) {
      client.send(
          ClientMessage.newBuilder()
              .setOpen(
                  Open.newBuilder()
                      .setProtocolVersion(1)
                      .setModule("counter")
                      .setKeep(dev.mooring.proto.v1.Keep.newBuilder().setTtlMs(10_000)))
              .build());
      token = client.receive().getOpened().getKept().getToken();
    }
    try (var client = new RawClient(server.address())) {
      ClientMessage open =
          ClientMessage.newBuilder()
              .setOpen(
                  Open.newBuilder()
                      .setProtocolVersion(1)
                      .setResume(Resume.newBuilder().setToken(token)))
              .build();
      client.send(open);
      ServerMessage opened = client.receive();
      assertTrue(opened.getOpened().getKept().getResumed());
      client.sendClose();
      var lengths = new EnumMap<Way, Integer>(Way.class);
      int besides = FRAME_HEADER_BYTES + BYTES_BEHIND;
      lengths.put(Way.TO_SERVER, open.getSerializedSize() + besides);
      lengths.put(Way.TO_CLIENT, opened.getSerializedSize() + besides);
      return lengths;
    }
  }

  /** Strikes connections from when it begins until it has struck enough within the exchange. */
  private static final class Striker {
    private final List<Blow> blows;
    private final Random random;
    private final Set<Blow> struck = new HashSet<>();
    private boolean isStriking;
    private int connected;
    private int within;
    private int later;
    private int wanted;

    Striker(List<Blow> blows, Random random) {
      this.blows = blows;
      this.random = random;
    }

    synchronized void begin(int more) {
      isStriking = true;
      wanted = within + more;
    }

    /** One by which a session goes on. */
    synchronized void connected(Link link) {
      aim(link, connected++ % 2 == 0);
    }

    /** Aims at a byte of the exchange that resumes, or somewhere behind it. */
    synchronized void aim(Link link, boolean isWithin) {
      if (isStriking) {
        Blow blow =
            blows.get((isWithin ? connected / 2 : random.nextInt(blows.size())) % blows.size());
        int bytes = blow.afterBytes + (isWithin ? 0 : random.nextInt(MOST_BYTES_LATER));
        int delayMillis = 1 + random.nextInt(MOST_DELAY_MILLIS);
        int later = random.nextInt(MOST_BYTES_LATER);
        link.hold(
            blow.way,
            bytes,
            () -> {
              count(blow, isWithin);
              blow.strike(link, delayMillis, later);
            });
      }
    }

    private synchronized void count(Blow blow, boolean isWithin) {
      if (isWithin) {
        within++;
        struck.add(blow);
        isStriking &= within < wanted;
      } else {
        later++;
      }
      if (!isStriking) {
        notifyAll();
      }
    }

    synchronized void awaitEnd() throws InterruptedException {
      int before = -1;
      while (isStriking) {
        assertTrue(within + later > before, "nobody connects any more");
        before = within + later;
        wait(TimeUnit.SECONDS.toMillis(SECONDS));
      }
    }
  }

  @Test
  void connections_brokenWithinTheExchangeThatResumes_everythingHasHappenedOnce() throws Exception {
    try (var load = new Load(server.address(), SEED, OpenOptions.Timeouts.DEFAULTS)) {
      load.begin(1, 1, Keep.Durability.MEMORY); // Their modules are compiled from then on.
      load.finish();
    }
    var random = new Random(SEED);
    List<Blow> blows = blows(lengths(), random);
    var striker = new Striker(blows, random);
    while (striker.within < CONNECTIONS) {
      try (var proxy = new FaultProxy(server.address(), SEED, Pace.AT_ONCE, striker::connected);
          var load = new Load(proxy.address(), SEED, FaultProxy.TIMEOUTS)) {
        load.begin(ADDERS, OTHERS, Keep.Durability.MEMORY);
        striker.begin(Math.min(ROUND, CONNECTIONS - striker.within));
        for (Link link = proxy.linkThere(); link != null; link = proxy.linkThere()) {
          striker.aim(link, false);
        }
        striker.awaitEnd();
        load.awaitMoreOfEach();
        load.finish();
        System.out.printf(
            "BrokenResumptionIT: %,d connections struck within the exchange, at %,d of %,d places,"
                + " and %,d later; since the last line %s%n",
            striker.within, striker.struck.size(), blows.size(), striker.later, load.tally());
      }
    }
  }
}
