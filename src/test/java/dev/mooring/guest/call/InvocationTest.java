package dev.mooring.guest.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

final class InvocationTest {
  private static final int TIMERS = 64;

  private static Invocation begun() {
    var invocation = new Invocation(Unpooled.buffer(), Unpooled.buffer());
    invocation.begin(new CallLimits(50, 1, 1, TIMERS), Invocation.ActiveTimers.NONE, 50, 0);
    return invocation;
  }

  @Test
  void changeTimer_oneMoreThanMayBeSet_isTooManyTimers() {
    try (var invocation = begun()) {
      for (int id = 0; id < TIMERS; id++) {
        invocation.changeTimer(id, 5);
      }
      var ended = assertThrows(CallEnded.class, () -> invocation.changeTimer(TIMERS, 5));
      assertEquals(new CallOutcome.OverLimit(CallOutcome.Limit.TIMERS, TIMERS), ended.outcome());
    }
  }

  @Test
  void changeTimer_oneTimerSetAndClearedWithoutEnd_isTooManyChanges() {
    try (var invocation = begun()) {
      for (int i = 0; i < Invocation.MAX_TIMER_CHANGES; i++) {
        invocation.changeTimer(1, i % 2 == 0 ? 5 : -1);
      }
      var ended = assertThrows(CallEnded.class, () -> invocation.changeTimer(1, 5));
      assertEquals(
          new CallOutcome.OverLimit(CallOutcome.Limit.TIMER_CHANGES, 1_024), ended.outcome());
    }
  }
}
