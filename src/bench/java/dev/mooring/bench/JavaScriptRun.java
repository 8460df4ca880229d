package dev.mooring.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The verb {@code javascript}: what a session of a script costs to open, to hold and to call,
 * beside Node's contexts and isolates with the same script. Each runs in a process of its own.
 */
final class JavaScriptRun {
  private static final List<String> HEAP = List.of("-Xmx3g", "-XX:+ExitOnOutOfMemoryError");
  private static final String VALUE = "value ";

  private final Setting setting;
  private final int seconds;
  private final Path script;

  private JavaScriptRun(Setting setting, int seconds) {
    this.setting = setting;
    this.seconds = seconds;
    this.script = setting.source().resolve("bench/guests/session.js").toAbsolutePath();
  }

  /** The argument may be {@code --quick}. */
  public static void main(String[] args) throws Exception {
    String options = String.join(" ", args);
    Setting setting = Setting.ofProcess();
    var report = new Report(setting, "javascript");
    new JavaScriptRun(setting, options.equals("--quick") ? 3 : 15).run(report);
    report.publish(options);
    System.exit(0);
  }

  private void run(Report report) throws IOException, InterruptedException {
    String time = Integer.toString(seconds);
    Map<String, Double> ours =
        values(setting.java(HEAP, JavaScriptSessions.class, script.toString(), time), "javascript");
    Map<String, Double> nodes =
        values(
            List.of(
                setting.node(),
                "--expose-gc",
                setting.source().resolve("bench/peers/contexts.mjs").toString(),
                script.toString(),
                time),
            "Node");
    report.table(table(ours, nodes));
    report.table(coldTable(ours));
    report.figure("js_session_kib", number(ours, "once_kib"));
    report.figure("js_open_us", number(ours, "open_us"));
    report.figure("js_call_us", number(ours, "nop_us"));
    report.figure("js_load_next_ms", number(ours, "load_next_ms"));
    report.figure("js_script_kib", number(ours, "script_kib"));
    report.figure(
        "js_vs_vm_context_memory",
        both(ours.get("once_kib"), nodes.get("context_once_kib"), (a, b) -> a / b));
    report.figure("js_live_sessions", number(ours, "live_sessions"));
    report.note(
        "The script is `src/bench/guests/session.js`: `nop` does nothing, `count` reads JSON,"
            + " counts, sends an event and answers with JSON, `fib` computes fib(20) recursively."
            + " Ours goes through the doors that sessions use, commit included; Node's contexts are"
            + " called as functions, in its process, and nothing can be undone.");
    report.note(
        "Memory is live heap: ours of 20,000 sessions, Node's `heapUsed` and `external` of 2,000"
            + " contexts; of isolates, which are worker threads, resident memory of 20. Ours are"
            + " opened and called in a heap of 3 GiB; 100,000 of them live there, called twice each,"
            + " every answer checked (`js_live_sessions`).");
    report.note(
        "Another script costs what of its image isn't the engine's (`js_script_kib`, of 200 that are"
            + " loaded).");
    report.note("Cold is a process that has just been started; times are its first.");
  }

  private static Table table(Map<String, Double> ours, Map<String, Double> nodes) {
    var table = new Table(List.of("a session of the script", "Mooring", "`vm` context", "isolate"));
    row(table, "open (µs)", ours, "open_us", nodes, "context_open_us", "isolate_open_us");
    row(
        table,
        "memory, called once (KiB)",
        ours,
        "once_kib",
        nodes,
        "context_once_kib",
        "isolate_once_kib");
    row(table, "memory, called ten times (KiB)", ours, "ten_kib", nodes, "context_ten_kib", "");
    row(table, "memory, at rest then (KiB)", ours, "at_rest_kib", nodes, "", "");
    row(table, "an empty call (µs)", ours, "nop_us", nodes, "context_nop_us", "");
    row(table, "counts, JSON, an event (µs)", ours, "count_us", nodes, "context_count_us", "");
    row(table, "fib(20) (µs)", ours, "fib_us", nodes, "context_fib_us", "");
    return table;
  }

  private static Table coldTable(Map<String, Double> ours) {
    var table = new Table(List.of("cold", "ms"));
    table.add(List.of("the first script: engine compiled", text(ours, "load_first_ms")));
    table.add(List.of("the first session and its first call", text(ours, "first_call_ms")));
    table.add(List.of("the first hundred calls", text(ours, "first_hundred_calls_ms")));
    table.add(List.of("another script", text(ours, "load_next_ms")));
    return table;
  }

  private static void row(
      Table table,
      String label,
      Map<String, Double> ours,
      String our,
      Map<String, Double> nodes,
      String context,
      String isolate) {
    table.add(List.of(label, text(ours, our), text(nodes, context), text(nodes, isolate)));
  }

  private static String text(Map<String, Double> values, String name) {
    Double value = values.get(name);
    return value == null ? "–" : Report.number(value);
  }

  private static OptionalDouble number(Map<String, Double> values, String name) {
    Double value = values.get(name);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  private static OptionalDouble both(
      @Nullable Double one, @Nullable Double other, BinaryOperator<Double> how) {
    return one == null || other == null
        ? OptionalDouble.empty()
        : OptionalDouble.of(how.apply(one, other));
  }

  /** What a process measured; nothing if it can't be started. */
  private Map<String, Double> values(List<String> command, String what)
      throws IOException, InterruptedException {
    var values = new HashMap<String, Double>();
    Process process;
    try {
      process =
          new ProcessBuilder(new ArrayList<>(command))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
    } catch (IOException e) {
      System.err.println("javascript: " + what + " can't be had: " + e.getMessage());
      return values;
    }
    try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.startsWith(VALUE)) {
          String[] words = line.split(" ", -1);
          values.put(words[1], Double.valueOf(words[2]));
        }
      }
    }
    Wrong.check(process.waitFor() == 0, what + " failed");
    return values;
  }
}
