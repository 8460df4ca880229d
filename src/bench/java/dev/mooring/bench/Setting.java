package dev.mooring.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a run finds things, as {@code src/bench/run} told it.
 *
 * @param source the repository's {@code src}
 * @param node the command that starts the Node that is compared with
 * @param installedNode the command that starts the Node that is on the machine
 * @param before the class path of another checkout to compare with; empty for none
 * @param terminal whether somebody watches stderr
 */
record Setting(Path source, String node, String installedNode, String before, boolean terminal) {
  static Setting ofProcess() {
    return new Setting(
        Path.of(property("bench.source")),
        property("bench.node"),
        property("bench.installedNode"),
        System.getProperty("bench.before", ""),
        Boolean.parseBoolean(property("bench.terminal")));
  }

  private static String property(String name) {
    String value = System.getProperty(name);
    if (value == null) {
      throw new IllegalStateException(name + " is not set: start this with src/bench/run");
    }
    return value;
  }

  /** A module, by its name in any of the folders of guests that are run here. */
  Path guest(String name) {
    for (String folder : List.of("bench/guests", "guests/c", "test/guests")) {
      Path file = source.resolve(folder).resolve(name + ".wasm").toAbsolutePath();
      if (Files.exists(file)) {
        return file;
      }
    }
    throw new IllegalStateException("no guest called " + name);
  }

  /** The flag that a child gets if this JVM has it: tests' have, those that measure don't. */
  static List<String> assertions() {
    return Setting.class.desiredAssertionStatus() ? List.of("-ea") : List.of();
  }

  Path results() {
    return source.resolve("bench/RESULTS.md");
  }

  /**
   * The command for another JVM like this one.
   *
   * @param heap flags that say how large its heap is
   */
  List<String> java(List<String> heap, Class<?> main, String... arguments) {
    return java(heap, System.getProperty("java.class.path"), main, arguments);
  }

  /** As above, with another class path. */
  List<String> java(List<String> heap, String classes, Class<?> main, String... arguments) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(assertions());
    command.addAll(heap);
    command.add("-XX:+UseCompactObjectHeaders");
    command.add("-XX:-DontCompileHugeMethods");
    command.add("-XX:MaxNodeLimit=240000");
    command.add("-XX:NodeLimitFudgeFactor=8000");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-Dlogback.configurationFile=" + source.resolve("bench/logback.xml"));
    command.add("-Dbench.source=" + source);
    command.add("-Dbench.node=" + node);
    command.add("-Dbench.installedNode=" + installedNode);
    command.add("-Dbench.before=" + before);
    command.add("-Dbench.terminal=" + terminal);
    command.add("-cp");
    command.add(classes);
    command.add(main.getName());
    command.addAll(List.of(arguments));
    return command;
  }
}
