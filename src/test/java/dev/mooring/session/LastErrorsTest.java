package dev.mooring.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What is kept of a session's failed calls. */
final class LastErrorsTest {
  private final LastErrors errors = new LastErrors();

  @Test
  void look_afterMoreThanAreKept_hasTheLastFirst() {
    for (int id = 1; id <= LastErrors.MOST + 3; id++) {
      errors.add(id, new Problem(ErrorCode.GUEST_TRAP, "trapped"), 1_000 + id);
    }
    List<SessionLook.Failure> seen = errors.look();
    assertEquals(LastErrors.MOST, seen.size());
    assertEquals(
        new SessionLook.Failure(1_011, 11, ErrorCode.GUEST_TRAP, "trapped"), seen.getFirst());
    assertEquals(4, seen.getLast().callId());
  }

  @Test
  void add_aGuestsEndlessWords_areCut() {
    errors.add(1, new Problem(ErrorCode.GUEST_FAILED, "x".repeat(8_000)), 0);
    assertEquals(LastErrors.MOST_CHARACTERS, errors.look().getFirst().message().length());
  }
}
