package dev.mooring.ship;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Commands, and what they left behind; each ends within two minutes, or is ended. */
final class Shell {
  private static final int PATIENCE_SECONDS = 120;

  /** Where administrators' commands are, which not everyone has on the PATH. */
  private static final String PATH =
      System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin";

  private Shell() {}

  /** What a run left behind. */
  record Run(int exitCode, String out, String err) {}

  /** Runs it without any Java but the packages' own in its environment. */
  static Run run(Map<String, String> environment, List<String> command) throws Exception {
    Path out = Files.createTempFile("out", "");
    Path err = Files.createTempFile("err", "");
    try {
      Process process =
          builder(environment, command)
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      try {
        assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), command + " did not end");
      } finally {
        process.destroyForcibly();
      }
      return new Run(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  static ProcessBuilder builder(Map<String, String> environment, List<String> command) {
    var builder =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    builder.environment().keySet().removeIf(name -> name.endsWith("JAVA_HOME"));
    builder.environment().put("PATH", PATH);
    builder.environment().putAll(environment);
    return builder;
  }

  /** What it prints on stdout; it must succeed. */
  static String check(String... command) throws Exception {
    return check(Map.of(), command);
  }

  static String check(Map<String, String> environment, String... command) throws Exception {
    Run run = run(environment, List.of(command));
    assertEquals(0, run.exitCode(), () -> String.join(" ", command) + "\n" + run.out() + run.err());
    return run.out();
  }

  /** Passes the test over if the machine hasn't got them all; in CI that fails it. */
  static void needs(String... programs) {
    for (String program : programs) {
      boolean there =
          Stream.of(PATH.split(File.pathSeparator, -1))
              .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
      if (!there) {
        missing("there is no " + program + " on the PATH");
      }
    }
  }

  /** The same if whoever runs the tests may not do what root may. */
  static void needsRoot() throws IOException {
    if (!Files.getOwner(Path.of("/proc/self")).getName().equals("root")) {
      missing("only root can give a machine of its own to a test");
    }
  }

  private static void missing(String what) {
    if (System.getenv("CI") != null) {
      fail(what + "; CI must have it (see .ci/run)");
    }
    System.err.println("SKIPPED: " + what);
    Assumptions.abort(what);
  }
}
