package dev.mooring.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.EnvelopeFuzzTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FuzzContractTest {
  @TempDir Path folder = Path.of("");

  @Test
  void keptCasesFolder_thatIsMissing_failsAndSaysWhereItWasLookedFor() {
    FuzzContract target = new EnvelopeFuzzTest();
    var e = assertThrows(AssertionError.class, () -> target.keptCasesFolder(List.of(folder)));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith("no kept cases of envelope: expected a folder"), message);
    assertTrue(message.contains(folder.toString()), message);
  }

  @Test
  void keptCasesFolder_thatIsThere_isTheTargets() throws Exception {
    Path own = Files.createDirectory(folder.resolve("envelope"));
    FuzzContract target = new EnvelopeFuzzTest();
    assertEquals(own, target.keptCasesFolder(List.of(Path.of("none"), folder)));
  }
}
