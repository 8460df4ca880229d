package dev.mooring.bench;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;

/**
 * What `mooring loadtest` says of a server: it runs in a process of its own, started by the
 * distribution's launcher, and all servers get the same of it.
 */
final class LoadReport {
  private static final int PATIENCE_SECONDS = 120;

  private final Map<String, Object> tree;

  private LoadReport(Map<String, Object> tree) {
    this.tree = tree;
  }

  /**
   * Loads a server, and waits for what is said of it.
   *
   * @param options of the load
   * @throws IOException if nothing is said: the message is what was said instead
   */
  static LoadReport of(
      Setting setting, ServerProcess server, Placement placement, List<String> options)
      throws IOException, InterruptedException {
    return of(setting, server, Door.TCP, placement, options);
  }

  /**
   * Likewise, at any of its doors.
   *
   * @throws IOException if nothing is said: the message is what was said instead
   */
  static LoadReport of(
      Setting setting, ServerProcess server, Door door, Placement placement, List<String> options)
      throws IOException, InterruptedException {
    Path json = Files.createTempFile("mooring-bench", ".json");
    Path log = Files.createTempFile("mooring-bench", ".log");
    try {
      var command = new ArrayList<>(List.of(LauncherFlags.launcher(setting).toString()));
      command.addAll(List.of("loadtest", "--server", door.address(server.port())));
      command.addAll(List.of("--event-loops", Integer.toString(placement.clientLoops())));
      command.addAll(List.of("--json", json.toString()));
      for (long pid : server.pids()) {
        command.addAll(List.of("--server-pid", Long.toString(pid)));
      }
      command.addAll(options);
      var builder =
          new ProcessBuilder(Placement.on(placement.clientCpus(), command))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(log.toFile());
      builder.environment().put("MOORING_JAVA_HOME", System.getProperty("java.home"));
      Process process = builder.start();
      boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (!ended) {
        process.destroyForcibly().onExit().join();
      }
      if (!ended || process.exitValue() != 0) {
        throw new IOException(
            "the load test "
                + (ended ? "failed: " : "did not end: ")
                + Files.readString(log, StandardCharsets.UTF_8).strip());
      }
      return parse(Files.readString(json, StandardCharsets.UTF_8));
    } finally {
      Files.delete(json);
      Files.delete(log);
    }
  }

  /** What `--json` wrote. */
  static LoadReport parse(String json) throws IOException {
    return new LoadReport(JSON.std.mapFrom(json));
  }

  /** Whether the load generator was at its end, so that the numbers are not the server's alone. */
  boolean isSaturated() {
    return Boolean.TRUE.equals(tree.get("saturated"));
  }

  /** A number, by the names that lead to it; none if it wasn't measured. */
  OptionalDouble number(String... path) {
    Object at = tree;
    for (String name : path) {
      at = at instanceof Map<?, ?> map ? map.get(name) : null;
    }
    return at instanceof Number number
        ? OptionalDouble.of(number.doubleValue())
        : OptionalDouble.empty();
  }

  /**
   * Calls a second.
   *
   * @throws IOException if there were none
   */
  double throughput() throws IOException {
    return number("throughput_per_second")
        .orElseThrow(() -> new IOException("a load has no throughput"));
  }

  /** What went wrong, and how often; empty if nothing did. */
  String errors() {
    return tree.get("errors") instanceof Map<?, ?> errors && !errors.isEmpty()
        ? errors.toString()
        : "";
  }
}
