package dev.mooring.spec;

import static java.util.Map.entry;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;

/**
 * All of the suite.
 *
 * @param scripts their commands, by the scripts' names
 * @param modules the binary ones, by script and line
 */
record SpecSuite(Map<String, List<SpecCommand>> scripts, Map<String, byte[]> modules) {
  /** Beside the checkout; tests run in its folder {@code src}. */
  private static final Path ARCHIVE = Path.of("../../shared/spec-suite/spec-suite.tar.gz");

  /** What isn't run, and why; the archive's commands minus these are what is run. */
  static final Map<String, Integer> LEFT_OUT =
      new TreeMap<>(
          Map.ofEntries(
              entry("allowed later", 4),
              entry("assert_invalid imports", 29),
              entry("assert_invalid proposal memory64", 237),
              entry("assert_invalid proposal multiple memories", 6),
              entry("assert_malformed imports", 4),
              entry("assert_malformed proposal custom page sizes", 3),
              entry("assert_malformed proposal garbage collection", 1),
              entry("assert_malformed proposal reference-typed strings (stringref)", 1),
              entry("assert_uninstantiable imports", 16),
              entry("get of a global", 3),
              entry("linking", 60),
              entry("module imports", 134),
              entry("module proposal memory64", 86),
              entry("module proposal multiple memories", 6),
              entry("not in the archive", 7),
              entry("of a module: imports", 1529),
              entry("of a module: proposal memory64", 1394),
              entry("references", 28),
              entry("text", 584)));

  /** Skips the test where there is no suite, except in CI, where that is a failure. */
  static SpecSuite load() throws IOException {
    return load(ARCHIVE, "true".equals(System.getenv("CI")));
  }

  static SpecSuite load(Path archive, boolean isNeeded) throws IOException {
    if (Files.exists(archive)) {
      return read(archive);
    }
    String missing = "WebAssembly's suite is not run: there is no " + archive;
    System.out.println(missing);
    return isNeeded ? fail(missing) : abort(missing);
  }

  private static SpecSuite read(Path path) throws IOException {
    var scripts = new TreeMap<String, List<SpecCommand>>();
    var modules = new TreeMap<String, byte[]>();
    try (var archive = new GZIPInputStream(Files.newInputStream(path))) {
      Tar.files(archive)
          .forEach(
              (file, content) -> {
                String name = file.substring(0, file.lastIndexOf('.'));
                if (file.endsWith(".json")) {
                  scripts.put(name, parse(name, content));
                } else if (file.endsWith(".wasm")) {
                  modules.put(name, content);
                }
              });
    }
    return new SpecSuite(scripts, modules);
  }

  private static List<SpecCommand> parse(String script, byte[] json) {
    var commands = (List<?>) ((Map<?, ?>) JsonReader.read(json)).get("commands");
    return requireNonNull(commands).stream()
        .map(command -> SpecCommand.of(script, (Map<?, ?>) command))
        .toList();
  }

  /** Fills a directory with the modules, as a server wants them. */
  Path writeModules(Path directory) throws IOException {
    for (var module : modules.entrySet()) {
      Files.write(directory.resolve(module.getKey() + ".wasm"), module.getValue());
    }
    return directory;
  }

  int countCommands() {
    return scripts.values().stream().mapToInt(List::size).sum();
  }

  /** The commands of a script. */
  List<SpecCommand> commands(String script) {
    return requireNonNull(scripts.get(script));
  }

  byte[] module(String name) {
    return requireNonNull(modules.get(name));
  }
}
