package dev.mooring.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.access.Authority;
import dev.mooring.access.Identity;
import dev.mooring.access.Tenant;
import dev.mooring.access.TenantLimits;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.SimulatedTime;
import dev.mooring.guest.log.LogLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A server's sessions on a few event loops, with clients that call, wait, stop to read, close, are
 * cut off and come back elsewhere. Time, loops, watchdog and chance are the simulation's own: the
 * same seed is the same run, to the nanosecond.
 *
 * <p>What must hold is asserted while it runs, by {@link SimulatedClient} of each client, and in
 * the end, when nothing may be left.
 *
 * <p>One thread.
 */
final class SessionSimulation {
  /** How long a guest may run when its client asks for nothing else. */
  static final int CALL_MILLIS = 50;

  /** By how much the watchdog may be late. */
  private static final int LATE_MILLIS = 20;

  static final long NANOS_PER_MILLI = 1_000_000;

  private static final int LOOPS = 3;
  private static final int STEPS = 400;
  private static final int MOST_CLIENTS = 24;

  /** In which all must be over, once it is to end. */
  private static final int END_MILLIS = 60_000;

  private static final SessionLimits LIMITS =
      new SessionLimits(
          1 << 20,
          CALL_MILLIS,
          100,
          1_000,
          4,
          8,
          16,
          4_096,
          2,
          64,
          5_000,
          OnFailure.ROLLBACK,
          LogLimits.OF_A_SESSION,
          new SessionLifetime(300, 20, 20),
          KeepLimits.DEFAULTS);

  final SimulatedTime time = new SimulatedTime(64 << 20);
  final Random random;
  final GuestModule module;
  private final Tenant rich = tenant("rich", 0);
  private final Tenant poor = tenant("poor", 200);
  private final SessionDirectory directory = new SessionDirectory();
  private final KeptSessions kept = new KeptSessions(KeptLimits.DEFAULTS);
  private final List<ManualLoop> loops = new ArrayList<>();
  private final List<SessionLoop> sessions = new ArrayList<>();
  private final List<SimulatedClient> clients = new ArrayList<>();
  private final List<String> trace = new ArrayList<>();
  private boolean isStopping;
  private @Nullable Throwable failure;

  /** A run that hasn't begun. */
  SessionSimulation(long seed, GuestModule module) {
    this.random = new Random(seed);
    this.module = module;
    Authority authority =
        (token, certificate) ->
            token.isEmpty()
                ? new Identity.Anyone()
                : new Identity.Known(token.equals("rich") ? rich : poor);
    for (int i = 0; i < LOOPS; i++) {
      var loop = new ManualLoop(time, random);
      loops.add(loop);
      sessions.add(
          new SessionLoop(
              loop,
              time.runtime(),
              (reference, mayOpen, answer) -> answer.found(module, LIMITS),
              LIMITS,
              authority,
              directory,
              kept));
    }
  }

  private static Tenant tenant(String name, int millisPerSecond) {
    return new Tenant(name, new TenantLimits(0, 0, millisPerSecond, List.of("*")), 0);
  }

  /** What happened so far, a line each. */
  List<String> trace() {
    return trace;
  }

  /** Adds how often each kind of thing has happened. */
  void addTo(Map<String, Integer> sum) {
    clients.forEach(
        client -> client.counts.forEach((what, count) -> sum.merge(what, count, Integer::sum)));
  }

  /** Runs it, and throws what was found wrong. */
  void run() throws Exception {
    for (int i = 0; i < STEPS; i++) {
      act();
      check();
    }
    end();
  }

  void note(String what) {
    trace.add(time.nanoTime() + " " + what);
  }

  /** Notes what was found wrong where it can't be thrown: a session would take it for its own. */
  void failed(Throwable found) {
    if (failure == null) {
      failure = found;
    }
  }

  /** Whether the server ends all sessions at once. */
  boolean isStopping() {
    return isStopping;
  }

  private void check() {
    if (failure != null) {
      throw new AssertionError(failure.getMessage(), failure);
    }
  }

  private void act() throws Exception {
    int what = random.nextInt(100);
    if (clients.isEmpty() || (what < 5 && clients.size() < MOST_CLIENTS)) {
      connect();
    } else if (what < 25) {
      step();
    } else if (what < 35) {
      pass(1 + random.nextLong(20 * NANOS_PER_MILLI));
    } else if (what < 39) {
      int lateMillis = 1 + random.nextInt(LATE_MILLIS);
      note("the watchdog waits for " + lateMillis + " ms");
      time.keepWatchdog(lateMillis * NANOS_PER_MILLI);
    } else if (what < 44) {
      clients.forEach(SimulatedClient::age);
    } else {
      clients.get(random.nextInt(clients.size())).act();
    }
  }

  private void connect() {
    String token = List.of("", "rich", "poor").get(random.nextInt(3));
    var client = new SimulatedClient(this, clients.size(), token);
    clients.add(client);
    client.open();
  }

  int anyLoop() {
    return random.nextInt(LOOPS);
  }

  SessionLoop sessions(int loop) {
    return sessions.get(loop);
  }

  @Nullable Tenant tenant(String token) {
    return token.isEmpty() ? null : token.equals("rich") ? rich : poor;
  }

  /** Lets some loop do one thing after another, or all. */
  private void step() {
    ManualLoop loop = loops.get(anyLoop());
    int most = random.nextBoolean() ? 1 : 1 + random.nextInt(20);
    for (int i = 0; i < most && loop.step(); i++) {
      check();
    }
  }

  /**
   * Lets time pass. A loop that has nothing to do sleeps until something is due, and does it then;
   * one that has something to do doesn't get to it meanwhile. Then spaces that haven't run for a
   * few such times go to rest.
   */
  private void pass(long nanos) {
    long endNanos = time.nanoTime() + nanos;
    do {
      List<ManualLoop> asleep = loops.stream().filter(SessionSimulation::sleeps).toList();
      for (SimulatedClient client : clients) {
        client.noteIfFree(asleep.contains(loops.get(client.loop())));
      }
      long next = asleep.stream().mapToLong(ManualLoop::nextDueNanos).min().orElse(Long.MAX_VALUE);
      time.pass(Math.max(0, Math.min(next, endNanos) - time.nanoTime()));
      asleep.forEach(SessionSimulation::runAll);
      check();
    } while (time.nanoTime() < endNanos);
    sessions.forEach(SessionLoop::tick);
  }

  private static boolean sleeps(ManualLoop loop) {
    return loop.isIdle() && !loop.isDue();
  }

  private static void runAll(ManualLoop loop) {
    boolean ran = true;
    while (ran) {
      ran = loop.step();
    }
  }

  /** All come back, read what they are told, and end, or are ended. */
  private void end() throws Exception {
    note("the end");
    for (SimulatedClient client : clients) {
      client.comeBack();
      client.readOn();
      if (random.nextInt(3) == 0) {
        client.close();
      }
    }
    if (random.nextBoolean()) {
      loops.forEach(SessionSimulation::runAll);
      check();
    }
    isStopping = random.nextBoolean();
    if (isStopping) {
      sessions.forEach(SessionLoop::stop);
    } else {
      sessions.forEach(each -> each.drain("the simulation ends"));
    }
    long endNanos = time.nanoTime() + END_MILLIS * NANOS_PER_MILLI;
    while (directory.size() > 0) {
      assertTrue(time.nanoTime() < endNanos, "sessions don't end");
      loops.forEach(SessionSimulation::runAll);
      pass(10 * NANOS_PER_MILLI);
    }
    loops.forEach(SessionSimulation::runAll);
    check();
    assertNothingIsLeft();
  }

  private void assertNothingIsLeft() {
    clients.forEach(SimulatedClient::assertOver);
    for (int i = 0; i < LOOPS; i++) {
      assertEquals(0, sessions.get(i).leftToDrain(), "conversations");
      assertEquals(0, sessions.get(i).liveSpaces(), "spaces");
      assertEquals(0, loops.get(i).timerCount(), "timers");
      sessions.get(i).close();
    }
    for (Tenant tenant : List.of(rich, poor)) {
      assertEquals(0, tenant.use().sessions(), tenant.name());
      assertEquals(0, tenant.use().guestMemoryBytes(), tenant.name());
    }
    assertEquals(0, time.runtime().memoryUsedBytes(), "guests' memory");
    time.runtime().close();
  }
}
