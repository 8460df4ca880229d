package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
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

  @Test
  void look_beforeTheDeadline_leavesTheCallAlone() {
    lane.enter(stopSwitch, 5);
    assertNull(lane.look(100 * MILLI));
    assertNull(lane.look(105 * MILLI - 1));
    assertDoesNotThrow(Lane::stopIfCondemned);
    assertTrue(lane.leave());
  }

  @Test
  void look_pastTheDeadline_condemnsUntilTheCallLeaves() {
    lane.enter(stopSwitch, 5);
    assertNull(lane.look(100 * MILLI));
    assertSame(stopSwitch, lane.look(105 * MILLI));
    assertThrows(CallStopped.class, Lane::stopIfCondemned);
    assertSame(stopSwitch, lane.look(106 * MILLI), "seen condemned for the first time");
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
      lane.enter(stopSwitch, 5);
      assertNull(lane.look(4L * i * MILLI));
      assertTrue(lane.leave());
      lane.enter(stopSwitch, 5);
      assertTrue(lane.leave());
    }
  }

  @Test
  void enter_afterACondemnedCall_isInTime() {
    lane.enter(stopSwitch, 1);
    assertNull(lane.look(0));
    assertSame(stopSwitch, lane.look(MILLI));
    assertFalse(lane.leave());
    lane.enter(stopSwitch, 1);
    assertDoesNotThrow(Lane::stopIfCondemned);
    assertNull(lane.look(2 * MILLI));
    assertTrue(lane.leave());
  }
}
