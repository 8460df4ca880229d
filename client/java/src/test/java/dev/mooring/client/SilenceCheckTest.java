package dev.mooring.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.client.SilenceCheck.Finding;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class SilenceCheckTest {
  private final SilenceCheck check = new SilenceCheck();

  @Test
  void look_silentAndNothingOwed_isFine() {
    for (int i = 0; i < 10; i++) {
      assertEquals(Finding.FINE, check.look(false));
    }
  }

  @Test
  void look_silentAndOwed_asksThenGivesUp() {
    assertEquals(Finding.FINE, check.look(true));
    assertEquals(Finding.ASK, check.look(true));
    assertEquals(Finding.LOST, check.look(true));
  }

  @Test
  void look_heardInBetween_beginsAgain() {
    assertEquals(Finding.FINE, check.look(true));
    assertEquals(Finding.ASK, check.look(true));
    check.heard();
    assertEquals(Finding.FINE, check.look(true));
    assertEquals(Finding.FINE, check.look(true));
    assertEquals(Finding.ASK, check.look(true));
  }

  @Test
  void look_idleFirst_countsFromWhenSomethingIsOwed() {
    assertEquals(Finding.FINE, check.look(false));
    assertEquals(Finding.FINE, check.look(false));
    assertEquals(Finding.FINE, check.look(true));
    assertEquals(Finding.ASK, check.look(true));
  }

  @Test
  void period_ofTwoLooks_isHalfTheSilence() {
    assertEquals(Duration.ofSeconds(30), SilenceCheck.period(Duration.ofSeconds(60)));
  }
}
