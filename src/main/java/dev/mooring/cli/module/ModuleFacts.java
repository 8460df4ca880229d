package dev.mooring.cli.module;

import dev.mooring.cli.text.Bytes;
import dev.mooring.cli.text.Json;
import dev.mooring.cli.text.Values;
import dev.mooring.guest.compile.LargeFunction;
import dev.mooring.guest.intake.FixedInput;
import dev.mooring.guest.intake.ModuleRejection;
import dev.mooring.guest.intake.ModuleSummary;
import dev.mooring.guest.intake.Signature;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What is known of a module: as lines for people, and as an object for programs. */
final class ModuleFacts {
  private static final long PAGE_BYTES = 65_536;
  private static final int SHOWN = 8;

  private ModuleFacts() {}

  /** Labels and their lines; no label is without a line. */
  static Map<String, List<String>> toText(ModuleFile module, @Nullable Trial trial) {
    var text = new LinkedHashMap<String, List<String>>();
    text.put("module", List.of(module.name()));
    text.put("digest", List.of(module.digest()));
    text.put("size", List.of(Bytes.toSize(module.bytes().length)));
    switch (module.verdict()) {
      case ModuleFile.Verdict.LetIn(ModuleSummary summary) -> addText(summary, trial, text);
      case ModuleFile.Verdict.Script() -> addScript(trial, text);
      case ModuleFile.Verdict.Refused(ModuleRejection rejection) ->
          text.put("let in", List.of("no: " + rejection.reason() + ": " + rejection.getMessage()));
    }
    return text;
  }

  private static void addScript(@Nullable Trial trial, Map<String, List<String>> text) {
    switch (trial) {
      case null -> {}
      case Trial.Compiled compiled -> {
        text.put("let in", List.of("yes"));
        text.put("start", List.of(start(compiled.preinitialised(), Set.of())));
        text.put("exports", orNone(compiled.exports()));
      }
      case Trial.Refused(String message) -> text.put("let in", List.of("no: it " + message));
    }
  }

  private static void addText(
      ModuleSummary summary, @Nullable Trial trial, Map<String, List<String>> text) {
    text.put(
        "let in",
        List.of(trial instanceof Trial.Refused(String message) ? "no: it " + message : "yes"));
    if (trial instanceof Trial.Compiled compiled) {
      text.put("start", List.of(start(summary, compiled.preinitialised())));
    }
    text.put(
        "exports",
        orNone(
            ModuleFile.callable(summary).stream()
                .map(function -> function.name() + function.signature())
                .toList()));
    text.put("hooks", List.of(String.join(" ", orNone(hooks(summary.hooks())))));
    text.put(
        "imports",
        orNone(
            summary.imports().stream()
                .map(function -> function.module() + "." + function.name() + function.signature())
                .toList()));
    text.put("memory", List.of(memory(summary)));
    text.put("tables", orNone(summary.tables().stream().map(ModuleFacts::table).toList()));
    text.put("config", config(summary.configKeys()));
    List<String> warnings = warnings(summary);
    if (!warnings.isEmpty()) {
      text.put("warning", warnings);
    }
    text.put(
        "code",
        List.of(
            "%s of code in %s, %s, %s of data"
                .formatted(
                    Bytes.toSize(summary.code().bytes()),
                    Values.count(summary.code().functions(), "function"),
                    Values.count(summary.globals().size(), "global"),
                    Bytes.toSize(summary.dataBytes()))));
    if (trial instanceof Trial.Compiled compiled && !compiled.largeFunctions().isEmpty()) {
      text.put("large", large(summary, compiled.largeFunctions()));
    }
  }

  /** Functions on which the JIT may give up: the first few of them. */
  private static List<String> large(ModuleSummary summary, List<LargeFunction> functions) {
    var lines = new ArrayList<String>();
    for (LargeFunction function : functions.subList(0, Math.min(SHOWN, functions.size()))) {
      lines.add(
          "function %d%s: %,d bytes of bytecode"
              .formatted(
                  function.index(), exportedAs(summary, function), function.bytecodeBytes()));
    }
    if (functions.size() > SHOWN) {
      lines.add("and " + (functions.size() - SHOWN) + " more");
    }
    lines.add(
        "above %,d bytes the JIT may give up, and then a function runs some ten times as slowly"
            .formatted(LargeFunction.HOTSPOTS_LIMIT_BYTES));
    return lines;
  }

  private static String exportedAs(ModuleSummary summary, LargeFunction function) {
    return summary.exportedFunctions().stream()
        .filter(exported -> exported.index() == function.index())
        .findFirst()
        .map(exported -> " (" + exported.name() + ")")
        .orElse("");
  }

  private static String start(ModuleSummary summary, boolean preinitialised) {
    if (summary.startFunction() == ModuleSummary.NO_START_FUNCTION
        && !summary.hooks().initialize()) {
      return "nothing to initialise";
    }
    return start(preinitialised, summary.fixedInputs());
  }

  private static String start(boolean preinitialised, Set<FixedInput> fixed) {
    String allowed = joined(fixed);
    if (preinitialised) {
      return "initialised once, for all sessions"
          + (allowed.isEmpty() ? "" : ", with the same " + allowed + " (mooring.initialisation)");
    }
    return "initialised in each session: it asks for what differs between them, or sends something"
        + (allowed.isEmpty() ? "" : ", and allows no more than the same " + allowed);
  }

  /** For people: {@code clock, environment and random numbers}. */
  private static String joined(Set<FixedInput> inputs) {
    List<String> texts = inputs.stream().map(FixedInput::toString).toList();
    int last = texts.size() - 1;
    return last < 1
        ? String.join("", texts)
        : String.join(", ", texts.subList(0, last)) + " and " + texts.get(last);
  }

  private static List<String> orNone(List<String> lines) {
    return lines.isEmpty() ? List.of("none") : lines;
  }

  /** What is valid, and hardly what its author meant. */
  private static List<String> warnings(ModuleSummary summary) {
    return summary.linked().commandExports()
        ? List.of(
            "each call runs the program's constructors again (*.command_export), and what they set"
                + " is lost: let _initialize run them once, as GUESTS.md says")
        : List.of();
  }

  private static String memory(ModuleSummary summary) {
    ModuleSummary.Memory memory = summary.memory();
    if (memory == null) {
      return "none";
    }
    String size = Bytes.toSize(memory.initialPages() * PAGE_BYTES);
    return growth(summary, memory, size) + (memory.exportedAs() == null ? ", not exported" : "");
  }

  private static String growth(ModuleSummary summary, ModuleSummary.Memory memory, String size) {
    boolean grows = summary.code().memoryGrow() && memory.maximumPages() > memory.initialPages();
    return grows
        ? size + ", may grow to " + Bytes.toSize(memory.maximumPages() * PAGE_BYTES)
        : size + ", never grows";
  }

  private static String table(ModuleSummary.Table table) {
    String written = table.written() ? ", changes" : ", never changes";
    return (table.initial() == 1 ? "1 entry" : table.initial() + " entries")
        + " of "
        + table.type()
        + written;
  }

  private static List<String> config(@Nullable Map<String, String> keys) {
    if (keys == null) {
      return List.of("any key");
    }
    return orNone(
        keys.entrySet().stream()
            .map(key -> (key.getKey() + "  " + key.getValue()).strip())
            .toList());
  }

  /** What {@link Json} prints. Names stay as they are: programs read them. */
  static Map<String, @Nullable Object> toObject(ModuleFile module, @Nullable Trial trial) {
    var object = new LinkedHashMap<String, @Nullable Object>();
    object.put("module", module.name());
    object.put("digest", module.digest());
    object.put("size_bytes", module.bytes().length);
    switch (module.verdict()) {
      case ModuleFile.Verdict.LetIn(ModuleSummary summary) -> {
        addFields(summary, object);
        addTrial(trial, object);
      }
      case ModuleFile.Verdict.Script() -> {
        object.put("let_in", true);
        addTrial(trial, object);
        if (trial instanceof Trial.Compiled compiled) {
          object.put(
              "exports", compiled.exports().stream().map(name -> Map.of("name", name)).toList());
        }
      }
      case ModuleFile.Verdict.Refused(ModuleRejection rejection) -> {
        object.put("let_in", false);
        object.put("reason", rejection.reason());
        object.put("message", rejection.getMessage());
        object.put("offset", rejection.offset());
      }
    }
    return object;
  }

  private static void addTrial(@Nullable Trial trial, Map<String, @Nullable Object> object) {
    switch (trial) {
      case null -> {}
      case Trial.Compiled compiled -> {
        object.put("preinitialised", compiled.preinitialised());
        object.put(
            "large_functions",
            compiled.largeFunctions().stream()
                .map(
                    function ->
                        Map.of(
                            "index", function.index(), "bytecode_bytes", function.bytecodeBytes()))
                .toList());
      }
      case Trial.Refused(String message) -> {
        object.put("let_in", false);
        object.put("message", message);
      }
    }
  }

  private static void addFields(ModuleSummary summary, Map<String, @Nullable Object> object) {
    object.put("let_in", true);
    object.put(
        "exports",
        ModuleFile.callable(summary).stream()
            .map(function -> function(Map.of("name", function.name()), function.signature()))
            .toList());
    object.put("hooks", hooks(summary.hooks()));
    object.put(
        "imports",
        summary.imports().stream()
            .map(
                imported ->
                    function(
                        Map.of("module", imported.module(), "name", imported.name()),
                        imported.signature()))
            .toList());
    object.put("memory", memoryObject(summary));
    object.put("tables", summary.tables().stream().map(ModuleFacts::tableObject).toList());
    object.put("globals", summary.globals().size());
    object.put("functions", summary.code().functions());
    object.put("code_bytes", summary.code().bytes());
    object.put("data_bytes", summary.dataBytes());
    object.put("config_keys", summary.configKeys());
    object.put("fixed_inputs", summary.fixedInputs().stream().map(FixedInput::word).toList());
    object.put("warnings", warnings(summary));
    object.put("custom_sections", summary.customSections());
  }

  private static Map<String, Object> function(Map<String, String> names, Signature signature) {
    var object = new LinkedHashMap<String, Object>();
    // Sorted by name, 'module' comes before 'name', as it should.
    object.putAll(new TreeMap<>(names));
    object.put("parameters", signature.params());
    object.put("results", signature.results());
    return object;
  }

  private static @Nullable Map<String, @Nullable Object> memoryObject(ModuleSummary summary) {
    ModuleSummary.Memory memory = summary.memory();
    if (memory == null) {
      return null;
    }
    var object = new LinkedHashMap<String, @Nullable Object>();
    object.put("initial_bytes", memory.initialPages() * PAGE_BYTES);
    object.put("maximum_bytes", memory.maximumPages() * PAGE_BYTES);
    object.put("grows", summary.code().memoryGrow());
    object.put("exported_as", memory.exportedAs());
    return object;
  }

  private static Map<String, @Nullable Object> tableObject(ModuleSummary.Table table) {
    var object = new LinkedHashMap<String, @Nullable Object>();
    object.put("type", table.type());
    object.put("initial_entries", table.initial());
    object.put(
        "maximum_entries", table.maximum() == ModuleSummary.NO_MAXIMUM ? null : table.maximum());
    object.put("changes", table.written());
    return object;
  }

  private static List<String> hooks(ModuleSummary.Hooks hooks) {
    var names = new ArrayList<String>();
    if (hooks.initialize()) {
      names.add("_initialize");
    }
    if (hooks.open()) {
      names.add("mooring_open");
    }
    if (hooks.close()) {
      names.add("mooring_close");
    }
    if (hooks.timer()) {
      names.add("mooring_timer");
    }
    return names;
  }
}
