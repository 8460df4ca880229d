package dev.mooring.cli.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.mooring.cli.TestConsole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OutputFileTest {
  @TempDir Path folder = Path.of("");

  @Test
  void check_whatCanBeWritten_isLeftAsItIs() throws IOException {
    Path old = Files.writeString(folder.resolve("old"), "old");
    OutputFile.check("--json", old);
    OutputFile.check("--json", folder.resolve("new"));
    OutputFile.check("--json", null);

    assertEquals("old", Files.readString(old));
    assertFalse(Files.exists(folder.resolve("new")));
  }

  @Test
  void check_whatCannot_saysWhy() {
    Path missing = folder.resolve("missing");
    assertEquals("there is no folder " + missing, problem(missing.resolve("a.json")));
    assertEquals("it is a folder", problem(folder));
  }

  @Test
  void check_whatIsForbidden_saysSo() throws IOException {
    Path file = Files.writeString(folder.resolve("old"), "old");
    assertTrue(file.toFile().setWritable(false));
    // Whoever may do everything is denied nothing.
    assumeFalse(Files.isWritable(file));
    assertEquals("permission denied", problem(file));
  }

  private static String problem(Path file) {
    var failure = assertThrows(CommandFailure.class, () -> OutputFile.check("--json", file));
    assertEquals(ExitCode.USAGE, failure.exitCode());
    String start = "--json " + file + " can't be written: ";
    assertTrue(failure.line().startsWith(start), failure.line());
    return failure.line().substring(start.length());
  }

  /** Port 1 is nobody's: that the file is what is wrong is found before that. */
  @Test
  void loadtest_everyFile_isCheckedBeforeTheFirstConnection() {
    Path file = folder.resolve("missing").resolve("file");
    for (String option : List.of("--json", "--html", "--hlog")) {
      var ending = TestConsole.run("loadtest", "--server", "127.0.0.1:1", option, file.toString());
      assertEquals(ExitCode.USAGE, ending.exitCode(), ending.err());
      assertEquals(
          "mooring: "
              + option
              + " "
              + file
              + " can't be written: there is no folder "
              + file.getParent()
              + "\n",
          ending.err());
    }
  }
}
