package dev.mooring.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * The flags that the distribution's launcher starts a JVM with, asked of the launcher itself: it is
 * given a Java that prints what it is started with. So the peers that run on the JVM always have
 * what Mooring has.
 */
final class LauncherFlags {
  private static final String JAVA =
      """
      #!/bin/sh
      printf '%s\\n' "$@"
      """;

  private LauncherFlags() {}

  /** The launcher. */
  static Path launcher(Setting setting) {
    return setting.source().resolve("target/mooring/bin/mooring");
  }

  /** What it gives the JVM for a command, but for properties, class path and caches of its own. */
  static List<String> of(Setting setting, String command) throws IOException, InterruptedException {
    Path home = Files.createTempDirectory("mooring-bench-java");
    Path bin = Files.createDirectory(home.resolve("bin"));
    Path java = bin.resolve("java");
    Path release = home.resolve("release");
    try {
      Files.writeString(release, "JAVA_VERSION=\"" + Runtime.version().feature() + "\"\n");
      Files.writeString(java, JAVA);
      Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
      var builder = new ProcessBuilder(launcher(setting).toString(), command);
      builder.environment().put("MOORING_JAVA_HOME", home.toString());
      builder.redirectError(ProcessBuilder.Redirect.INHERIT);
      Process process = builder.start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      Wrong.check(process.waitFor() == 0, "the launcher failed: " + launcher(setting));
      return flags(said.lines().toList());
    } finally {
      for (Path file : List.of(java, bin, release, home)) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static List<String> flags(List<String> arguments) {
    var flags = new ArrayList<String>();
    for (String argument : arguments) {
      if (argument.equals("-cp")) {
        return flags;
      }
      // A cache is one of classes at their places on the class path.
      if (!argument.startsWith("-D") && !argument.startsWith("-XX:AOT")) {
        flags.add(argument);
      }
    }
    throw new Wrong("the launcher gave the JVM no -cp: " + arguments);
  }
}
