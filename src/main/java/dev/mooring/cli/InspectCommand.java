package dev.mooring.cli;

import dev.mooring.guest.intake.IntakeLimits;
import dev.mooring.guest.intake.ModuleRejection;
import dev.mooring.guest.intake.ModuleSummary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mooring inspect}: what a module is, and whether a server would take it. */
@Command(
    name = "inspect",
    header = "Say what a module is, and whether a server would let it in.",
    description = {
      "Examines the file as a server with default limits does before it compiles it. Starts nothing"
          + " and needs no server.",
      "",
      "Examples:",
      "  mooring inspect modules/counter.wasm",
      "  mooring inspect --json guest.wasm | jq .exports"
    })
final class InspectCommand implements Callable<Integer> {
  private static final int PAGE_BYTES = 65_536;

  private final Console console;

  @Parameters(paramLabel = "FILE.wasm", description = "The module.")
  private Path file = Path.of("");

  @Option(names = "--json", description = "Print one JSON object, for other programs.")
  private boolean json;

  InspectCommand(Console console) {
    this.console = console;
  }

  /** Refusal is an answer, not an error of the command: but scripts want to see it. */
  @Override
  public Integer call() {
    ModuleFile module = ModuleFile.read(file, IntakeLimits.DEFAULTS);
    var facts =
        switch (module.verdict()) {
          case ModuleFile.Verdict.LetIn(ModuleSummary summary) -> facts(module, summary);
          case ModuleFile.Verdict.Refused(ModuleRejection rejection) -> facts(module, rejection);
        };
    if (json) {
      console.out().println(Json.print(facts));
    } else {
      facts.forEach(this::printFact);
    }
    return module.verdict() instanceof ModuleFile.Verdict.LetIn ? ExitCode.OK : ExitCode.FAILED;
  }

  private static Map<String, Object> facts(ModuleFile module, ModuleRejection rejection) {
    var facts = facts(module, false);
    facts.put("refused", rejection.reason().name());
    facts.put("because", String.valueOf(rejection.getMessage()));
    return facts;
  }

  private static Map<String, Object> facts(ModuleFile module, ModuleSummary summary) {
    var facts = facts(module, true);
    facts.put("exports", ModuleFile.callable(summary).stream().map(InspectCommand::text).toList());
    facts.put("hooks", hooks(summary.hooks()));
    facts.put(
        "imports",
        summary.imports().stream()
            .map(function -> function.module() + "." + function.name() + function.signature())
            .toList());
    facts.put("memory", memory(summary));
    facts.put("tables", summary.tables().stream().map(InspectCommand::text).toList());
    facts.put("globals", summary.globals().size());
    facts.put("functions", summary.code().functions());
    facts.put("config", config(summary));
    facts.put("custom sections", summary.customSections());
    return facts;
  }

  private static Map<String, Object> facts(ModuleFile module, boolean letIn) {
    var facts = new LinkedHashMap<String, Object>();
    facts.put("module", module.name());
    facts.put("digest", module.digest());
    facts.put("bytes", module.sizeBytes());
    facts.put("let in", letIn);
    return facts;
  }

  private static String text(ModuleSummary.ExportedFunction function) {
    return function.name() + function.signature();
  }

  private static String text(ModuleSummary.Table table) {
    String size =
        table.maximum() == ModuleSummary.NO_MAXIMUM
            ? table.initial() + " or more"
            : table.initial() + " to " + table.maximum();
    return size + " entries of " + table.type() + (table.written() ? ", written to" : "");
  }

  private static List<String> hooks(ModuleSummary.Hooks hooks) {
    var names = new ArrayList<String>();
    addIf(hooks.initialize(), "_initialize", names);
    addIf(hooks.open(), "mooring_open", names);
    addIf(hooks.close(), "mooring_close", names);
    addIf(hooks.timer(), "mooring_timer", names);
    return names;
  }

  private static void addIf(boolean present, String name, List<String> names) {
    if (present) {
      names.add(name);
    }
  }

  private static String memory(ModuleSummary summary) {
    ModuleSummary.Memory memory = summary.memory();
    if (memory == null) {
      return "none";
    }
    return Bytes.toSize((long) memory.initialPages() * PAGE_BYTES)
        + (memory.maximumPages() > memory.initialPages() && summary.code().memoryGrow()
            ? ", grows to " + Bytes.toSize((long) memory.maximumPages() * PAGE_BYTES) + " at most"
            : ", never grows")
        + (memory.exportedAs() == null ? "" : ", exported as " + memory.exportedAs());
  }

  private static Object config(ModuleSummary summary) {
    Map<String, String> keys = summary.configKeys();
    return keys == null ? "any key" : keys;
  }

  private void printFact(String name, Object value) {
    switch (value) {
      case List<?> list when list.isEmpty() -> printLine(name, "none");
      case List<?> list -> printLines(name, list.stream().map(String::valueOf).toList());
      case Map<?, ?> map when map.isEmpty() -> printLine(name, "no keys");
      case Map<?, ?> map ->
          printLines(
              name,
              map.entrySet().stream().map(key -> key.getKey() + ": " + key.getValue()).toList());
      case Boolean truth -> printLine(name, truth ? "yes" : "no");
      default -> printLine(name, value.toString());
    }
  }

  private void printLines(String name, List<String> lines) {
    String label = name;
    for (String line : lines) {
      printLine(label, line);
      label = "";
    }
  }

  private void printLine(String label, String text) {
    console
        .out()
        .println(
            console.outInk(Console.Ink.BOLD, "%-16s".formatted(label)) + Bytes.toLine(text));
  }
}
