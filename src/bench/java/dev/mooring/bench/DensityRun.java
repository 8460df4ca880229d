package dev.mooring.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The verb {@code density}: how many live spaces, and how many whole sessions, a heap of 3 GiB
 * holds. Each part runs in a JVM of its own.
 */
final class DensityRun {
  /** An allocation that fails on whichever thread ends the part at once, and is not waited for. */
  private static final List<String> HEAP = List.of("-Xmx3g", "-XX:+ExitOnOutOfMemoryError");

  private static final int OUT_OF_MEMORY = 3;

  private DensityRun() {}

  /** The argument may be {@code spaces} or {@code sessions}; without it, both run. */
  public static void main(String[] args) throws Exception {
    Setting setting = Setting.ofProcess();
    var said = new ArrayList<String>();
    boolean right = true;
    if (args.length == 0 || args[0].equals("spaces")) {
      right = part(setting, DensitySpaces.class, said);
    }
    if (right && (args.length == 0 || args[0].equals("sessions"))) {
      right = part(setting, DensitySessions.class, said);
    }
    List<String> figures = said.stream().filter(line -> line.startsWith("figure ")).toList();
    if (right && args.length == 0) {
      write(setting, said, figures);
    }
    figures.forEach(System.out::println);
    if (!right) {
      System.exit(1);
    }
  }

  private static boolean part(Setting setting, Class<?> part, List<String> said)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(setting.java(HEAP, part))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (!line.startsWith("figure ")) {
          System.out.println(line);
        }
        said.add(line);
      }
    }
    int code = process.waitFor();
    if (code == OUT_OF_MEMORY) {
      System.err.println("density: it does not fit: the heap of 3 GiB is full");
    }
    return code == 0;
  }

  private static void write(Setting setting, List<String> said, List<String> figures)
      throws IOException {
    var section = new ArrayList<>(Machine.describe(setting, "src/bench/run density"));
    section.add("");
    said.stream()
        .filter(line -> !line.startsWith("figure "))
        .forEach(line -> section.add("- " + line));
    section.add(
        "- What is counted is live heap after collection, with all sessions idle. Not counted:"
            + " code, threads, the kernel's part of a connection (the local transport has none; a"
            + " TCP connection has some KiB), and the room that a collector needs to work in. A"
            + " guest that writes more costs more: this one writes two pages of 1 KiB. At rest only the"
            + " bytes in which they differ are kept; what a call does to wake one is in the times.");
    section.add("");
    section.add("```");
    section.addAll(figures);
    section.add("```");
    Results.write(setting.results(), "density", section);
  }
}
