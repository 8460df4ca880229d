package dev.mooring.server.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.client.CallRequest;
import dev.mooring.client.CallResult;
import dev.mooring.client.CloseReason;
import dev.mooring.client.ErrorCode;
import dev.mooring.client.Keep;
import dev.mooring.client.MooringClient;
import dev.mooring.client.MooringException;
import dev.mooring.client.MooringSession;
import dev.mooring.client.OpenOptions;
import dev.mooring.client.ServerAddress;
import dev.mooring.client.SessionEnd;
import dev.mooring.client.SessionLimits;
import dev.mooring.client.Value;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.fault.FaultProxy.Fault;
import dev.mooring.server.fault.FaultProxy.Link;
import dev.mooring.server.fault.FaultProxy.Pace;
import dev.mooring.server.fault.FaultProxy.Way;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.LoggedDefects;
import dev.mooring.server.testing.Patient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Kept sessions of the bundled client, whose connections are cut, ended and reset at random, in the
 * middle of frames: every call happens once and is answered with what it did, and no event is lost
 * or comes twice.
 */
@Timeout(120)
@ParameterizedClass
@EnumSource(names = {"MOORING", "WS", "GRPC"})
@Patient
final class KeptClientIT {
  private static final long SEED = Long.getLong("mooring.fault.seed", System.nanoTime());

  private static final int CUTS = 10;

  /** A call and its answer have some 30 bytes: after so many, a few hundred have passed. */
  private static final int MAX_BYTES_UNTIL_CUT = 20_000;

  private static final int MAX_MILLIS_UNTIL_CUT = 60;

  /**
   * HTTP/2 delivers frames of 16 KiB whole, which take 40 ms at this pace: cut as soon as others, a
   * connection would hardly ever be of use, and its client would give up.
   */
  private static final int MAX_MILLIS_UNTIL_CUT_BY_GRPC = 240;

  /** So slow that calls are under way whenever a connection is cut. */
  private static final Pace PACE = new Pace(1, 4_000, 400_000);

  @TempDir static Path modules;

  /** By which door the client comes. */
  @Parameter private ServerAddress.Scheme scheme = ServerAddress.Scheme.MOORING;

  private static final LoggedDefects DEFECTS = new LoggedDefects();
  private static MooringServer server;
  private static MooringClient client;

  @BeforeAll
  static void start() throws IOException {
    System.out.println("KeptClientIT: seed " + SEED);
    DEFECTS.attach();
    server =
        MooringServer.start(
            ServerConfig.of(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Guests.in(modules)));
    client = MooringClient.create();
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
    DEFECTS.detach();
    assertEquals(List.of(), DEFECTS.told);
  }

  private static OpenOptions kept(String module) {
    return OpenOptions.module(module)
        .withKeep(Keep.forTtl(Duration.ofMinutes(1)))
        .withLimits(SessionLimits.DEFAULTS.withCallTimeout(Duration.ofSeconds(1)))
        .withTimeouts(FaultProxy.TIMEOUTS);
  }

  private MooringSession open(SocketAddress address, OpenOptions options) throws Exception {
    return get(client.open(at(address), options));
  }

  private ServerAddress at(SocketAddress address) {
    var internet = (InetSocketAddress) address;
    return new ServerAddress(scheme, internet.getHostString(), internet.getPort());
  }

  private static <T> T get(CompletableFuture<T> future) throws Exception {
    return future.get(Eventually.PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private static ErrorCode failure(CompletableFuture<?> future) {
    var thrown = assertThrows(ExecutionException.class, () -> get(future));
    return assertInstanceOf(MooringException.class, thrown.getCause()).code();
  }

  /** Strikes every connection but the first until it is opened, some time after it began. */
  private static final class Cutter implements AutoCloseable {
    final FaultProxy proxy;
    final AtomicInteger cuts = new AtomicInteger();
    private final Random random = new Random(SEED);
    private final int maxMillis;
    private volatile boolean isCutting;

    Cutter(ServerAddress.Scheme scheme) {
      maxMillis =
          scheme == ServerAddress.Scheme.GRPC ? MAX_MILLIS_UNTIL_CUT_BY_GRPC : MAX_MILLIS_UNTIL_CUT;
      proxy = new FaultProxy(server.address(), SEED, PACE, this::connected);
    }

    /** From now on. */
    void begin(Link first) {
      isCutting = true;
      connected(first);
    }

    /** Whatever is connected from now on stays. */
    void end() {
      isCutting = false;
    }

    private synchronized void connected(Link link) {
      if (isCutting) {
        Way way = random.nextBoolean() ? Way.TO_CLIENT : Way.TO_SERVER;
        Fault fault = fault(random.nextInt(10));
        link.hold(way, random.nextInt(MAX_BYTES_UNTIL_CUT));
        int millis = random.nextInt(maxMillis);
        Thread.startVirtualThread(() -> strike(link, way, fault, millis));
      }
    }

    /** A cable is pulled seldom: it takes its time to be noticed. */
    private static Fault fault(int dice) {
      return switch (dice) {
        case 0 -> Fault.CUT;
        case 1, 2, 3 -> Fault.HALF_CLOSE;
        default -> Fault.RESET;
      };
    }

    private void strike(Link link, Way way, Fault fault, int millis) {
      try {
        Thread.sleep(millis);
        link.strike(fault, fault == Fault.HALF_CLOSE ? EnumSet.of(way) : EnumSet.allOf(Way.class));
      } catch (IOException e) {
        // It is gone already.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      cuts.incrementAndGet();
    }

    @Override
    public void close() {
      proxy.close();
    }
  }

  @Test
  void calls_overManyCutConnections_eachHappensOnceAndIsAnswered() throws Exception {
    try (var cutter = new Cutter(scheme)) {
      MooringSession session =
          open(
              cutter.proxy.address(),
              kept("counter").withInFlight(new OpenOptions.InFlight(300, 1 << 20)));
      cutter.begin(cutter.proxy.nextLink());
      var calls = new ArrayList<CompletableFuture<CallResult>>();
      var totals = new ArrayList<Long>();
      long total = 0;
      for (int i = 1; i <= 1_500 || cutter.cuts.get() < CUTS; i++) {
        total += i;
        totals.add(total);
        calls.add(session.call("add", Value.i64(i)));
      }
      for (int i = 0; i < calls.size(); i++) {
        assertEquals(totals.get(i), get(calls.get(i)).i64(), "call " + (i + 1) + ", seed " + SEED);
      }
      cutter.end();
      assertEquals(total, get(session.call("get")).i64());
      System.out.printf("KeptClientIT: %d calls over %d cuts%n", calls.size(), cutter.cuts.get());
      assertEquals(new SessionEnd.Closed(CloseReason.CLIENT_CLOSED), get(session.closeAsync()));
    }
  }

  @Test
  void events_overManyCutConnections_comeOnceAndInOrder() throws Exception {
    Queue<String> events = new ConcurrentLinkedQueue<>();
    try (var cutter = new Cutter(scheme)) {
      MooringSession session =
          open(
              cutter.proxy.address(),
              kept("ticker").onEvent(payload -> events.add(new String(payload, UTF_8))));
      cutter.begin(cutter.proxy.nextLink());
      get(session.call("start", Value.i32(1)));
      // A cable that is pulled is noticed by a client to which answers are due.
      var calls = new ArrayList<CompletableFuture<CallResult>>();
      while (cutter.cuts.get() < CUTS) {
        calls.add(session.call("ticks"));
        TimeUnit.MILLISECONDS.sleep(5);
      }
      cutter.end();
      for (var call : calls) {
        get(call);
      }
      get(session.call("stop"));
      long ticks = get(session.call("ticks")).i64();
      int tick = 0;
      for (String event : events) {
        tick++;
        assertTrue(event.startsWith("{\"tick\":" + tick + ","), event + ", seed " + SEED);
      }
      assertEquals(ticks, tick, "seed " + SEED);
      System.out.printf("KeptClientIT: %d events over %d cuts%n", tick, cutter.cuts.get());
      session.detach();
    }
  }

  /** As much is under way as the client allows: the acknowledgements must come through. */
  @Test
  void largeCallsAndAnswers_asManyAsMayBe_areAllAnswered() throws Exception {
    try (MooringSession session =
        open(
            server.address(),
            kept("echo").withInFlight(new OpenOptions.InFlight(10_000, 64 << 20)))) {
      var input = new byte[60_000];
      Arrays.fill(input, (byte) 'x');
      var calls = new ArrayList<CompletableFuture<CallResult>>();
      for (int i = 0; i < 500; i++) {
        calls.add(session.call(CallRequest.of("echo").withInput(input)));
      }
      for (var call : calls) {
        assertEquals(input.length, get(call).output().length);
      }
    }
  }

  @Test
  void close_behindCallsThatSayMuch_servesAllOfThem() throws Exception {
    var events = new AtomicInteger();
    MooringSession session =
        open(server.address(), kept("conformance").onEvent(_ -> events.incrementAndGet()));
    var calls = new ArrayList<CompletableFuture<CallResult>>();
    for (int i = 0; i < 100; i++) {
      calls.add(session.call("events", Value.i32(100)));
    }
    assertEquals(new SessionEnd.Closed(CloseReason.CLIENT_CLOSED), get(session.closeAsync()));
    for (var call : calls) {
      get(call);
    }
    assertEquals(10_000, events.get());
  }

  @Test
  void detach_thenResume_goesOnWhereItWas() throws Exception {
    MooringSession first = open(server.address(), kept("counter"));
    assertFalse(first.isResumed());
    get(first.call("add", Value.i64(5)));
    first.detach();
    MooringSession second =
        open(server.address(), OpenOptions.resume(first.token(), first.received()));
    assertTrue(second.isResumed());
    assertEquals(1, second.committedId());
    assertEquals(7, get(second.call("add", Value.i64(2))).i64());
    second.close();
    assertEquals(
        ErrorCode.SESSION_NOT_FOUND,
        failure(client.open(at(server.address()), OpenOptions.resume(first.token(), 0))));
  }

  @Test
  void openByName_whileAnotherHasIt_takesItAway() throws Exception {
    var options = kept("counter").withKeep(Keep.named("till"));
    MooringSession first = open(server.address(), options);
    get(first.call("add", Value.i64(5)));
    MooringSession second = open(server.address(), options);
    var end = assertInstanceOf(SessionEnd.Failed.class, get(first.ended()));
    assertEquals(ErrorCode.SESSION_TAKEN, end.error().code());
    assertEquals(7, get(second.call("add", Value.i64(2))).i64());
    assertEquals(
        ErrorCode.SESSION_EXISTS,
        failure(
            client.open(
                at(server.address()),
                options.withKeep(Keep.named("till").withNamePolicy(Keep.NamePolicy.MUST_BE_NEW)))));
    second.close();
  }
}
