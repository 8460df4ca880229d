package dev.mooring.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.session.SessionFollower;
import org.junit.jupiter.api.Test;

/** What is shown of calls that come faster than anybody looks. */
final class FollowedCallsTest {
  private final FollowedCalls calls = new FollowedCalls();

  /** As a session tells of a call. */
  private void call(long id) {
    if (calls.takes()) {
      calls.called(new SessionFollower.Call(id, "add", 1, 2, 3_000, 4_000), null);
    } else {
      calls.missed();
    }
  }

  private static int count(String text, String word) {
    return text.split(word, -1).length - 1;
  }

  @Test
  void take_ofMoreThanAreKept_saysHowManyWerent() {
    for (int id = 1; id <= FollowedCalls.MOST + 7; id++) {
      call(id);
    }
    String told = calls.take();
    assertEquals(FollowedCalls.MOST, count(told, "event: call\n"));
    assertTrue(told.endsWith("event: dropped\ndata: {\"calls\":7}\n\n"), told);
    assertEquals("", calls.take());
  }

  @Test
  void take_ofFew_isAllOfThem() {
    call(1);
    call(2);
    String told = calls.take();
    assertEquals(2, count(told, "event: call\n"));
    assertEquals(0, count(told, "dropped"));
    assertTrue(told.contains("\"waited_us\":3.0,\"ran_us\":4.0"), told);
  }

  @Test
  void take_afterItHasLeft_saysSo() {
    calls.left();
    assertTrue(calls.hasLeft());
    assertTrue(calls.take().contains("event: left\n"));
    assertFalse(calls.take().contains("event: call\n"));
  }
}
