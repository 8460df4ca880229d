package dev.mooring.transport.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

final class BalancedLoopsTest {
  /** Never started: it stands for any. */
  private static final EventLoop LOOP = new DefaultEventLoop();

  private final Random random = new Random(7);

  @AfterAll
  static void shutDown() {
    LOOP.shutdownGracefully();
  }

  private static List<LoopLoad> loads(int count) {
    return Stream.generate(() -> new LoopLoad(LOOP)).limit(count).toList();
  }

  @Test
  void choose_ofTwo_takesTheOneWithFewerChannels() {
    List<LoopLoad> loads = loads(2);
    loads.get(0).came();
    for (int i = 0; i < 100; i++) {
      assertSame(loads.get(1), BalancedLoops.choose(loads, random));
    }
  }

  @Test
  void choose_ofTwo_takesTheOneThatGuestsLeaveTime() {
    List<LoopLoad> loads = loads(2);
    loads.forEach(LoopLoad::came);
    loads.get(1).ran(1_000, 900);
    assertSame(loads.get(0), BalancedLoops.choose(loads, random));
    IntStream.range(0, 60).forEach(i -> loads.get(1).ran(1_000, 0));
    loads.get(0).ran(1_000, 100);
    assertSame(loads.get(1), BalancedLoops.choose(loads, random));
  }

  @Test
  void choose_manyChannels_spreadsThemEvenly() {
    List<LoopLoad> loads = loads(8);
    for (int i = 0; i < 8_000; i++) {
      BalancedLoops.choose(loads, random).came();
    }
    for (LoopLoad load : loads) {
      assertTrue(Math.abs(load.channels() - 1_000) < 20, load.channels() + " channels");
    }
  }

  @Test
  void choose_sickLoop_isLeftOutUnlessAllAreSick() {
    List<LoopLoad> loads = loads(3);
    loads.get(0).sick(true);
    for (int i = 0; i < 100; i++) {
      assertNotSame(loads.get(0), BalancedLoops.choose(loads, random));
    }
    loads.forEach(load -> load.sick(true));
    assertEquals(
        3,
        IntStream.range(0, 100)
            .mapToObj(i -> BalancedLoops.choose(loads, random))
            .distinct()
            .count());
  }
}
