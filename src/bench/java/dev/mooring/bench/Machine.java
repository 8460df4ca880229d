package dev.mooring.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Describes what a run ran on, for its results. */
final class Machine {
  private Machine() {}

  /** Lines of a list: date, machine, versions. */
  static List<String> describe(Setting setting, String command) {
    return List.of(
        "- `" + command + "`, " + LocalDate.now(ZoneOffset.UTC) + ", commit " + commit(setting),
        "- "
            + processor()
            + ", "
            + Runtime.getRuntime().availableProcessors()
            + " processors, "
            + memory()
            + ", "
            + System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + ", load "
            + load()
            + " at the end",
        "- "
            + System.getProperty("java.vm.name")
            + " "
            + System.getProperty("java.runtime.version")
            + ", "
            + collectors()
            + ", compact object headers",
        "- Netty "
            + version("io.netty", "netty-common")
            + ", Chicory "
            + version("com.dylibso.chicory", "runtime")
            + ", wasmtime-java "
            + version("io.github.kawamuray.wasmtime", "wasmtime-java")
            + ", Node "
            + output(setting, setting.node(), "--version")
            + " with V8 "
            + output(setting, setting.node(), "-p", "process.versions.v8"));
  }

  private static String commit(Setting setting) {
    String commit = output(setting, "git", "rev-parse", "--short", "HEAD");
    // The results themselves don't count.
    String changed =
        output(setting, "git", "status", "--porcelain", "--", ".", ":!bench/RESULTS.md");
    return changed.isEmpty() ? commit : commit + " with changes";
  }

  private static String processor() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.startsWith("model name"))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
  }

  private static String memory() {
    var system = ManagementFactory.getOperatingSystemMXBean();
    return system instanceof com.sun.management.OperatingSystemMXBean known
        ? (known.getTotalMemorySize() >> 30) + " GiB"
        : "memory unknown";
  }

  private static String load() {
    return String.format(
        "%.1f", ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
  }

  private static String collectors() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .map(java.lang.management.MemoryManagerMXBean::getName)
        .map(name -> name.split(" ", 2)[0])
        .distinct()
        .collect(Collectors.joining(" and "));
  }

  /** From the artifact's file name on the class path: not all of them say it inside. */
  private static String version(String group, String artifact) {
    String folder = group.replace('.', '/') + "/" + artifact + "/";
    for (String entry :
        System.getProperty("java.class.path").split(java.io.File.pathSeparator, -1)) {
      int at = entry.indexOf(folder);
      if (at >= 0) {
        String rest = entry.substring(at + folder.length());
        return rest.substring(0, rest.indexOf('/'));
      }
    }
    return "of unknown version";
  }

  private static String output(Setting setting, String... command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(setting.source().toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor(10, TimeUnit.SECONDS);
      return text.strip();
    } catch (IOException | InterruptedException e) {
      return "unknown";
    }
  }
}
