package dev.mooring.setting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

final class InvalidSettingTest {
  @Test
  void require_another_isNamedToo() {
    var invalid =
        assertThrows(
            InvalidSetting.class,
            () -> InvalidSetting.require(false, "high", 1, "be at least", "low", 2));
    assertEquals("high is 1; it must be at least low, which is 2", invalid.getMessage());
    assertEquals(List.of("high", "low"), invalid.settings());
    assertEquals(
        "t.high is 1; it must be at least t.low, which is 2", invalid.message(name -> "t." + name));
  }

  /** Only its name is another's to choose, whatever else looks like it. */
  @Test
  void message_otherNames_changesNoOtherWord() {
    var invalid = new InvalidSetting("modules", "has 'a modules b'");
    assertEquals("tenant.modules has 'a modules b'", invalid.message(name -> "tenant." + name));
  }

  @Test
  void requireAtLeast_theLeast_isEnough() {
    InvalidSetting.requireAtLeast(1, "sessions", 1);
    InvalidSetting.requireNotNegative("sessions", 0);
    var tooSmall =
        assertThrows(InvalidSetting.class, () -> InvalidSetting.requireAtLeast(1, "sessions", 0));
    assertEquals("sessions is 0; it must be at least 1", tooSmall.getMessage());
  }
}
