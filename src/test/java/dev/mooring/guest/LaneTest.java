package dev.mooring.guest;

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
    lane.enter(stopSwitch, Long.MIN_VALUE + 2);
    assertNull(lane.look(Long.MAX_VALUE));
    assertEquals(3, lane.remainingNanos(Long.MAX_VALUE));
    assertSame(stopSwitch, lane.look(Long.MIN_VALUE + 2));
    assertFalse(lane.leave());
  }

  @Test
  void look_beforeTheDeadline_leavesTheCallAlone() {
    lane.enter(stopSwitch, 105 * MILLI);
    assertNull(lane.look(100 * MILLI));
    assertNull(lane.look(105 * MILLI - 1));
    assertEquals(1, lane.remainingNanos(105 * MILLI - 1));
    assertDoesNotThrow(Lane::stopIfCondemned);
    assertTrue(lane.leave());
  }

  @Test
  void look_pastTheDeadline_condemnsUntilTheCallLeaves() {
    lane.enter(stopSwitch, 105 * MILLI);
    assertSame(stopSwitch, lane.look(105 * MILLI));
    assertThrows(CallStopped.class, Lane::stopIfCondemned);
    assertSame(stopSwitch, lane.look(106 * MILLI), "it runs on, so it is looked after");
    assertSame(stopSwitch, lane.look(107 * MILLI));
    assertFalse(stopSwitch.settle());
    assertFalse(lane.leave());
    assertDoesNotThrow(Lane::stopIfCondemned);
    assertTrue(stopSwitch.settle());
    assertNull(lane.look(108 * MILLI));
  }

  /** Each call has its own time, however many there are between two looks. */
  @Test
  void look_anotherCallEachTime_condemnsNone() {
    for (int i = 0; i < 50; i++) {
      long now = 4L * i * MILLI;
      lane.enter(stopSwitch, now + 5 * MILLI);
      assertNull(lane.look(now + MILLI));
      assertTrue(lane.leave());
      assertNull(lane.look(now + 10 * MILLI), "nothing runs");
      assertEquals(Long.MAX_VALUE, lane.remainingNanos(now));
    }
  }

  @Test
  void enter_afterACondemnedCall_isInTime() {
    lane.enter(stopSwitch, MILLI);
    assertSame(stopSwitch, lane.look(MILLI));
    assertFalse(lane.leave());
    lane.enter(stopSwitch, 3 * MILLI);
    assertDoesNotThrow(Lane::stopIfCondemned);
    assertNull(lane.look(2 * MILLI));
    assertTrue(lane.leave());
  }
}
