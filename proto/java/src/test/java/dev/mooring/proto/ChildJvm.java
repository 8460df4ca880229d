package dev.mooring.proto;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * How tests start other JVMs: with the Java that they run on themselves, compiled as they are, and
 * with assertions, or what is asserted would be tested nowhere but where it is least likely to
 * fail.
 */
public final class ChildJvm {
  private static final String HOME = System.getProperty("java.home");

  private static final List<String> FLAGS =
      Stream.concat(
              Stream.of("-ea"),
              ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                  .filter(flag -> flag.startsWith("-XX:TieredStopAtLevel=")))
          .toList();

  private ChildJvm() {}

  /** The command of one; the words are flags, the class, and its arguments. */
  public static List<String> command(String... words) {
    var command = new ArrayList<>(List.of(Path.of(HOME, "bin", "java").toString()));
    command.addAll(FLAGS);
    command.addAll(List.of(words));
    return command;
  }

  /** The same for those that {@code bin/mooring} starts. */
  public static ProcessBuilder ofLauncher(List<String> command) {
    var builder = new ProcessBuilder(command);
    builder.environment().put("MOORING_JAVA_HOME", HOME);
    builder.environment().put("MOORING_JAVA_OPTIONS", String.join(" ", FLAGS));
    return builder;
  }
}
