package dev.mooring.guest.deadline;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** A call has finished or has been condemned, and the watchdog's time is the test's. */
final class LaneTest {
  private static final long MILLI = 1_000_000;

  private final Lane lane = new Lane();
  private final StopSwitch stopSwitch = new StopSwitch();

  /** The clock's zero is anywhere, and it may run over. */
  @Test
  void look_clockRunsOver_countsOn() {
    lane.enter(stopSwitch, Long.MIN_VALUE + 2, 5 * MILLI);
    assertNull(lane.look(Long.MAX_VALUE, 0));
    assertEquals(3, lane.remainingNanos(Long.MAX_VALUE));
    assertSame(stopSwitch, lane.look(Long.MIN_VALUE + 2, 0));
    assertFalse(lane.leave());
  }

  @Test
  void look_beforeTheDeadline_leavesTheCallAlone() {
    lane.enter(stopSwitch, 105 * MILLI, 5 * MILLI);
    assertNull(lane.look(100 * MILLI, 0));
    assertNull(lane.look(105 * MILLI - 1, 0));
    assertEquals(1, lane.remainingNanos(105 * MILLI - 1));
    assertDoesNotThrow(Lane::stopIfCondemned);
    assertTrue(lane.leave());
  }

  @Test
  void look_pastTheDeadline_condemnsUntilTheCallLeaves() {
    lane.enter(stopSwitch, 105 * MILLI, 5 * MILLI);
    assertSame(stopSwitch, lane.look(105 * MILLI, 0));
    assertThrows(CallStopped.class, Lane::stopIfCondemned);
    assertSame(stopSwitch, lane.look(106 * MILLI, 0), "it runs on, so it is looked after");
    assertSame(stopSwitch, lane.look(107 * MILLI, 0));
    assertFalse(stopSwitch.settle());
    assertFalse(lane.leave());
    assertDoesNotThrow(Lane::stopIfCondemned);
    assertTrue(stopSwitch.settle());
    assertNull(lane.look(108 * MILLI, 0));
  }

  /** Each call has its own time, however many there are between two looks. */
  @Test
  void look_anotherCallEachTime_condemnsNone() {
    for (int i = 0; i < 50; i++) {
      long now = 4L * i * MILLI;
      lane.enter(stopSwitch, now + 5 * MILLI, 5 * MILLI);
      assertNull(lane.look(now + MILLI, 0));
      assertTrue(lane.leave());
      assertNull(lane.look(now + 10 * MILLI, 0), "nothing runs");
      assertEquals(Long.MAX_VALUE, lane.remainingNanos(now));
    }
  }

  @Test
  void enter_afterACondemnedCall_isInTime() {
    lane.enter(stopSwitch, MILLI, 5 * MILLI);
    assertSame(stopSwitch, lane.look(MILLI, 0));
    assertFalse(lane.leave());
    lane.enter(stopSwitch, 3 * MILLI, 5 * MILLI);
    assertDoesNotThrow(Lane::stopIfCondemned);
    assertNull(lane.look(2 * MILLI, 0));
    assertTrue(lane.leave());
  }

  /** The caller took it to be 90 ms, and it was as late as 120. */
  @Test
  void look_callMayHaveBegunLate_givesItWhatItMayHaveLost() {
    lane.enter(stopSwitch, 140 * MILLI, 50 * MILLI);
    assertNull(lane.look(120 * MILLI, 29 * MILLI));
    assertNull(lane.look(140 * MILLI, 0));
    assertEquals(1, lane.remainingNanos(169 * MILLI - 1));
    assertNull(lane.look(169 * MILLI - 1, 0));
    assertSame(stopSwitch, lane.look(169 * MILLI, 0));
    assertFalse(lane.leave());
    lane.enter(stopSwitch, 200 * MILLI, 50 * MILLI);
    assertSame(stopSwitch, lane.look(200 * MILLI, 0), "the next call has lost nothing");
    assertFalse(lane.leave());
  }

  @Test
  void look_aLongTimeLate_leavesTheCallNoMoreThanItHad() {
    lane.enter(stopSwitch, 140 * MILLI, 50 * MILLI);
    assertNull(lane.look(1_000 * MILLI, 950 * MILLI));
    assertNull(lane.look(1_050 * MILLI - 1, 0));
    assertSame(stopSwitch, lane.look(1_050 * MILLI, 0));
    assertFalse(lane.leave());
  }
}
