package dev.mooring.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A browser without a window. Where there is none a test is skipped, and says so; not in CI, which
 * installs it.
 */
final class Chromium {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome");
  private static final long PATIENCE_SECONDS = 90;

  private final Path program;

  private Chromium(Path program) {
    this.program = program;
  }

  /** What a browser made of a page: the document as it then was, and what it complained about. */
  record Rendered(String document, String console) {}

  static Chromium find() {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      for (String name : NAMES) {
        Path program = Path.of(folder, name);
        if (Files.isExecutable(program)) {
          return new Chromium(program);
        }
      }
    }
    String missing = "there is no Chromium on the PATH, so nobody has looked at the report's page";
    if (System.getenv("CI") != null) {
      fail(missing + "; CI must have it (see .ci/run)");
    }
    System.err.println("SKIPPED: " + missing + "; install Debian's package chromium");
    return Assumptions.abort(missing);
  }

  /** Opens a page, runs what it holds, and takes the document. */
  Rendered open(Path page, Path folder) throws IOException, InterruptedException {
    Path document = folder.resolve("document.html");
    Path console = folder.resolve("console.txt");
    var command = new ArrayList<String>();
    command.add(program.toString());
    command.addAll(
        List.of(
            "--headless",
            // CI runs as root in a container, where Chromium's own sandbox doesn't work.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--enable-logging=stderr",
            "--user-data-dir=" + Files.createTempDirectory(folder, "profile"),
            "--dump-dom",
            page.toUri().toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(document.toFile())
            .redirectError(console.toFile())
            .start();
    try {
      assertTrue(
          process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "Chromium has not come to an end");
      assertEquals(0, process.exitValue(), () -> read(console));
    } finally {
      process.destroyForcibly();
    }
    return new Rendered(read(document), read(console));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
