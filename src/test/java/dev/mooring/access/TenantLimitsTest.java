package dev.mooring.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TenantLimitsTest {
  private static final String DIGEST = "sha256:" + "ab".repeat(32);

  private static boolean allows(String allowed, String reference) {
    return new TenantLimits(0, 0, 0, List.of(allowed)).allows(reference);
  }

  @ParameterizedTest
  @CsvSource({
    "kv, kv, true",
    "kv, kv2, false",
    "kv, KV, false",
    "game-*, game-chess, true",
    "game-*, game-, true",
    "game-*, agame-, false",
    "*-beta, kv-beta, true",
    "a*b*c, aXbYc, true",
    "a*b*c, abc, true",
    "a*b*c, acb, false",
    "a*a, a, false",
    "a*bc*c, abc, false",
    "*, anything, true",
  })
  void allows_name_byPattern(String allowed, String name, boolean expected) {
    assertEquals(expected, allows(allowed, name));
    assertEquals(expected, allows(allowed, name + "@" + DIGEST));
  }

  @Test
  void allows_digestAlone_onlyByDigestOrEverything() {
    assertEquals(false, allows("kv", DIGEST));
    assertEquals(false, allows("s*", DIGEST));
    assertEquals(true, allows("*", DIGEST));
    assertEquals(true, allows(DIGEST, DIGEST.replace('a', 'A')));
    assertEquals(true, allows(DIGEST, "kv@" + DIGEST));
    assertEquals(false, allows(DIGEST, "kv"));
  }

  @Test
  void modules_thatCantBe_areRefused() {
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> new TenantLimits(0, 0, 0, List.of("a module")));
    assertEquals(
        "modules has 'a module'; expected a name, perhaps with *, or sha256:HEX", e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> new TenantLimits(-1, 0, 0, List.of()));
  }
}
