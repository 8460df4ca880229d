package dev.mooring.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.guest.call.CallOutcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OutcomesTest {
  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\n"})
  void failed_withoutAMessage_hasOneAllTheSame(String message) {
    assertEquals(
        new Problem(ErrorCode.GUEST_FAILED, "f failed, and didn't say why"),
        Outcomes.callFailed("f", new CallOutcome.Failed(message)));
  }

  @Test
  void failed_withAMessage_isInTheGuestsWords() {
    assertEquals(
        new Problem(ErrorCode.GUEST_FAILED, "no such account"),
        Outcomes.callFailed("f", new CallOutcome.Failed("no such account")));
  }

  @Test
  void overLimit_timerChanges_isNotToldAsTooManyTimers() {
    assertEquals(
        new Problem(
            ErrorCode.GUEST_FAILED,
            "f changed timers more than 1024 times, which is the most for a call"),
        Outcomes.callFailed(
            "f", new CallOutcome.OverLimit(CallOutcome.Limit.TIMER_CHANGES, 1_024)));
  }
}
