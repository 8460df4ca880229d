package dev.mooring.server.testing;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * What tests need that a machine may not have: without it a test is skipped, and says so; but not
 * in CI, where it fails.
 */
public final class Needed {
  private Needed() {}

  /** The programs of these names that are on the PATH, in its order; of a folder in theirs. */
  public static Stream<Path> programs(String... names) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Arrays.stream(path.split(File.pathSeparator, -1))
        .flatMap(folder -> Arrays.stream(names).map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable);
  }

  /**
   * Skips the test, or fails it. Never returns: who calls it throws what it says, for the compiler.
   *
   * @param missing what isn't there, and what hasn't been done for that
   * @param remedy what gets it, for a person; empty if that is said already
   */
  public static IllegalStateException missing(String missing, String remedy) {
    if (System.getenv("CI") != null) {
      return fail(missing + "; CI must have it (see .ci/run)");
    }
    System.err.println("SKIPPED: " + missing + (remedy.isEmpty() ? "" : "; " + remedy));
    return Assumptions.abort(missing);
  }
}
