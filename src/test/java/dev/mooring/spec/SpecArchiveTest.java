package dev.mooring.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What becomes of the suite where its data isn't. */
final class SpecArchiveTest {
  private static final Path NOWHERE = Path.of("no/suite.tar.gz");
  private static final String WORDS = "WebAssembly's suite is not run: there is no no/suite.tar.gz";

  @Test
  void load_noArchive_skips() {
    var skipped = assertThrows(RuntimeException.class, () -> SpecSuite.load(NOWHERE, false));
    assertEquals("TestAbortedException", skipped.getClass().getSimpleName());
    assertEquals(WORDS, skipped.getMessage());
  }

  @Test
  void load_noArchiveInCi_fails() {
    var failed = assertThrows(AssertionError.class, () -> SpecSuite.load(NOWHERE, true));
    assertEquals(WORDS, failed.getMessage());
  }
}
