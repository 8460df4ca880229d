package dev.mooring.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TurnScheduler on a clock that only the takers of turns advance. */
final class TurnSchedulerTest {
  private static final long MILLI = 1_000_000;
  private static final long DEADLINE_NANOS = 50 * MILLI;

  private final ManualLoop loop = new ManualLoop();
  private final TurnScheduler turns = new TurnScheduler(loop);
  private final List<String> order = new ArrayList<>();

  /** Overdrafts so far, whoever's. */
  private int overdrafts;

  /** Takes turns of a given length; so many, or for ever. */
  private final class Worker extends TurnScheduler.Taker {
    final String name;
    long turnNanos;
    int left;
    long usedNanos;
    int turnsTaken;
    int overdraftsWhenAdded;
    int mostOverdraftsWaited;
    boolean waiting;

    Worker(String name, long turnNanos) {
      this.name = name;
      this.turnNanos = turnNanos;
    }

    Worker proven() {
      hasRun();
      return this;
    }

    /** Gets something to do. */
    void give(int turnCount) {
      left += turnCount;
      if (!waiting) {
        ready();
      }
    }

    private void ready() {
      waiting = true;
      overdraftsWhenAdded = overdrafts;
      turns.add(this);
    }

    @Override
    long takeTurn(long startNanos) {
      assertEquals(loop.nanoTime(), startNanos);
      order.add(name);
      mostOverdraftsWaited = Math.max(mostOverdraftsWaited, overdrafts - overdraftsWhenAdded);
      hasRun();
      turnsTaken++;
      left--;
      usedNanos += turnNanos;
      loop.spend(turnNanos);
      if (turnNanos > TurnScheduler.OVERDRAFT_NANOS) {
        overdrafts++;
      }
      return loop.nanoTime();
    }

    @Override
    void crashed(Throwable cause) {
      throw new AssertionError(cause);
    }

    @Override
    void ended() {
      waiting = false;
      if (left > 0) {
        ready();
      }
    }
  }

  private Worker worker(String name, long turnNanos) {
    return new Worker(name, turnNanos).proven();
  }

  private List<String> take() {
    var taken = List.copyOf(order);
    order.clear();
    return taken;
  }

  @Test
  void sessions_inGoodStanding_goRound() {
    for (String name : List.of("a", "b", "c")) {
      worker(name, MILLI / 10).give(2);
    }
    loop.run();
    assertEquals(List.of("a", "b", "c", "a", "b", "c"), take());
  }

  @Test
  void turns_ofARound_letTheLoopLookAtItsIo() {
    worker("a", TurnScheduler.ROUND_NANOS / 2).give(10);
    for (int rounds = 1; rounds <= 5; rounds++) {
      loop.runOnce();
      assertEquals(2, take().size());
    }
  }

  @Test
  void session_thatComesWhileOthersAlwaysWait_isNext() {
    for (int i = 0; i < 50; i++) {
      worker("flood", TurnScheduler.ROUND_NANOS / 4).give(1_000);
    }
    var light = worker("light", MILLI / 50);
    for (int i = 0; i < 20; i++) {
      loop.runOnce();
    }
    take();
    for (int i = 0; i < 20; i++) {
      light.give(1);
      loop.runOnce();
      assertEquals("light", take().getFirst());
      while (light.turnsTaken <= i || loop.nanoTime() < (i + 1L) * 50 * MILLI) {
        loop.runOnce();
      }
      take();
    }
  }

  @Test
  void sessions_thatComeAgainAndAgain_haveOneTurnInALap() {
    var flood = worker("flood", MILLI / 10);
    flood.give(1_000);
    var eager = worker("eager", MILLI / 10);
    for (int i = 0; i < 500; i++) {
      eager.give(1);
      loop.runOnce();
    }
    assertTrue(
        Math.abs(flood.turnsTaken - eager.turnsTaken) <= flood.turnsTaken / 2,
        flood.turnsTaken + " turns of the flood, " + eager.turnsTaken + " of the eager one");
  }

  @Test
  void crash_thatCannotBeHandled_leavesTheOthersTheirTurns() {
    var crashing =
        new TurnScheduler.Taker() {
          @Override
          long takeTurn(long startNanos) {
            throw new IllegalStateException("takeTurn");
          }

          @Override
          void crashed(Throwable cause) {
            throw new IllegalStateException("crashed");
          }

          @Override
          void ended() {
            throw new IllegalStateException("ended");
          }
        };
    crashing.hasRun();
    turns.add(crashing);
    worker("a", MILLI).give(1);
    assertThrows(IllegalStateException.class, loop::runOnce);
    loop.run();
    assertEquals(List.of("a"), take());
  }

  @Test
  void heavySessions_besideALightOne_neverRunBackToBack() {
    Stream.of("H1", "H2", "H3", "H4").forEach(h -> worker(h, DEADLINE_NANOS).give(20));
    loop.runOnce();
    loop.runOnce();
    loop.runOnce();
    loop.runOnce();
    take();
    var light = worker("light", MILLI / 50);
    for (int i = 0; i < 20; i++) {
      light.give(1);
      loop.runOnce();
      assertEquals("light", take().getFirst());
    }
  }

  @Test
  void heavySession_besideAFlood_paysBackWhatItOverdrew() {
    var flood = worker("flood", MILLI);
    var heavy = worker("heavy", DEADLINE_NANOS);
    flood.give(1_000_000);
    heavy.give(1_000_000);
    while (loop.nanoTime() < 5_000 * MILLI) {
      loop.runOnce();
    }
    double share = (double) heavy.usedNanos / flood.usedNanos;
    assertTrue(share > 0.9 && share < 1.1, "heavy used " + share + " of what the flood did");
  }

  @Test
  void heavySession_alone_isNotHeldBack() {
    var heavy = worker("heavy", DEADLINE_NANOS);
    heavy.give(100);
    loop.run();
    assertEquals(100 * DEADLINE_NANOS, loop.nanoTime());
  }

  @Test
  void newSessions_thatComeForEver_starveNobody() {
    var heavy = worker("heavy", DEADLINE_NANOS);
    heavy.give(1_000_000);
    var light = worker("light", MILLI / 10);
    var news = new ArrayList<Worker>();
    while (loop.nanoTime() < 20_000 * MILLI) {
      light.give(1);
      news.removeIf(worker -> worker.left == 0);
      while (news.size() < 5) {
        var worker = new Worker("new", MILLI);
        worker.give(1);
        news.add(worker);
      }
      loop.runOnce();
      order.clear();
    }
    assertTrue(heavy.turnsTaken > 20, "the heavy one had " + heavy.turnsTaken + " turns");
    assertTrue(light.turnsTaken > 1_000, "the light one had " + light.turnsTaken + " turns");
  }

  @Test
  void overdraft_longAgo_isForgotten() {
    var once = worker("once", DEADLINE_NANOS);
    once.give(1);
    loop.run();
    once.turnNanos = MILLI;
    loop.spend(TurnScheduler.WATCH_NANOS);
    once.give(1);
    worker("other", MILLI).give(1);
    take();
    loop.run();
    assertEquals(List.of("once", "other"), take());
  }

  /**
   * The bound: however sessions come and go, one in good standing sees at most one overdraft
   * between its coming and its turn.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void lightSessions_besideAnyOthers_waitForOneOverdraft(long seed) {
    var random = new Random(seed);
    var lights = new ArrayList<Worker>();
    for (int i = 0; i < 1 + random.nextInt(50); i++) {
      lights.add(worker("light", 1 + random.nextLong(MILLI)));
    }
    var heavies = new ArrayList<Worker>();
    for (int i = 0; i < 1 + random.nextInt(10); i++) {
      heavies.add(new Worker("heavy", 3 * MILLI + random.nextLong(47 * MILLI)));
    }
    long end = 100_000 * MILLI;
    for (Worker heavy : heavies) {
      heavy.give(1);
    }
    while (loop.nanoTime() < end) {
      for (Worker light : lights) {
        if (light.left == 0 && random.nextInt(4) == 0) {
          light.give(1 + random.nextInt(3));
        }
      }
      for (Worker heavy : heavies) {
        if (heavy.left == 0 && random.nextInt(3) == 0) {
          // Mostly heavy; sometimes it behaves, which alone must not make it trusted.
          heavy.turnNanos =
              random.nextInt(5) == 0 ? MILLI : 3 * MILLI + random.nextLong(47 * MILLI);
          heavy.give(1 + random.nextInt(5));
        }
      }
      if (random.nextInt(20) == 0) {
        new Worker("new", random.nextBoolean() ? MILLI / 10 : DEADLINE_NANOS).give(1);
      }
      loop.spend(random.nextLong(MILLI));
      loop.runOnce();
      order.clear();
    }
    for (Worker light : lights) {
      assertTrue(
          light.mostOverdraftsWaited <= 1,
          "a light session waited for " + light.mostOverdraftsWaited + " overdrafts");
    }
    for (Worker heavy : heavies) {
      assertTrue(heavy.turnsTaken > 20, "a heavy session had " + heavy.turnsTaken + " turns");
    }
  }
}
