package dev.mooring.fuzz;

import dev.mooring.proto.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One run of a target under Jazzer, in a process of its own: instrumented classes must not be those
 * of other tests, and a run may end its process.
 *
 * @param target what is run
 * @param folder what the run keeps: its corpus, which it goes on from, and what it finds
 * @param seconds how long it runs once the corpus is read
 * @param seed makes it the same run, as far as the target's own threads allow
 */
public record FuzzRun(FuzzContract target, Path folder, long seconds, long seed) {
  /** A target has this much heap: what needs more for one input needs too much. */
  private static final String HEAP = "-Xmx768m";

  /** A module is compiled by recursion. */
  private static final String STACK = "-Xss4m";

  private static final String METASPACE = "-XX:MaxMetaspaceSize=256m";

  private static final String NOT_INSTRUMENTED =
      "dev.mooring.fuzz.**:dev.mooring.guest.compiled.**";

  /** Look for what programs do wrong that evaluate what strangers send: not the promise here. */
  private static final List<String> SANITIZERS =
      Stream.of(
              "ClojureLangHooks",
              "Deserialization",
              "ExpressionLanguageInjection",
              "LdapInjection",
              "NamingContextLookup",
              "OsCommandInjection",
              "ReflectiveCall",
              "RegexInjection",
              "RegexRoadblocks",
              "ScriptEngineInjection",
              "ServerSideRequestForgery",
              "SqlInjection",
              "XPathInjection")
          .map(name -> "com.code_intelligence.jazzer.sanitizers." + name)
          .toList();

  /** For one input, on a machine that does other things as well. */
  private static final int INPUT_SECONDS = 60;

  private static final long STARTING_SECONDS = 600;

  private static final Pattern PROGRESS = Pattern.compile("#(\\d+)\\s+[A-Z]+ .*cov: (\\d+)");
  private static final Pattern EXECUTED = Pattern.compile("number_of_executed_units: (\\d+)");
  private static final int SHOWN_LINES = 60;

  /**
   * What came of a run.
   *
   * @param executions inputs that were tried
   * @param coverage edges between basic blocks of our classes that some input took
   * @param finding what was found; null if nothing was
   */
  public record Outcome(long executions, long coverage, @Nullable String finding) {}

  /** Whether Jazzer brings its library for this platform. */
  public static boolean isPossible() {
    String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String machine = System.getProperty("os.arch");
    String platform =
        (system.startsWith("mac") ? "macos" : system.startsWith("win") ? "windows" : "linux")
            + "_"
            + (machine.equals("amd64") ? "x86_64" : machine);
    return FuzzRun.class.getResource(
            "/com/code_intelligence/jazzer/driver/jazzer_driver_"
                + platform
                + "/"
                + System.mapLibraryName("jazzer_driver"))
        != null;
  }

  /** Runs to the end: of the time, or at the first finding. */
  public Outcome run() throws IOException, InterruptedException {
    Path corpus = Files.createDirectories(folder.resolve("corpus"));
    Path findings = Files.createDirectories(folder.resolve("findings"));
    Path seeds = Files.createDirectories(folder.resolve("seeds"));
    int number = 0;
    for (byte[] input : target.seeds()) {
      Files.write(seeds.resolve(String.valueOf(number++)), input);
    }
    Path output = folder.resolve("output");
    var command = new ArrayList<>(java());
    command.add("-javaagent:" + agent());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("com.code_intelligence.jazzer.Jazzer");
    command.add("--target_class=" + target.getClass().getName());
    command.add("--instrumentation_includes=dev.mooring.**");
    command.add("--instrumentation_excludes=" + NOT_INSTRUMENTED);
    command.add("--custom_hook_excludes=" + NOT_INSTRUMENTED);
    command.add("--disabled_hooks=" + String.join(":", SANITIZERS));
    command.add("--reproducer_path=" + findings);
    command.add("-artifact_prefix=" + findings + "/");
    command.add("-max_total_time=" + seconds);
    command.add("-seed=" + Math.floorMod(seed, Integer.MAX_VALUE));
    command.add("-timeout=" + INPUT_SECONDS);
    command.add("-rss_limit_mb=0"); // The JVM's own bounds are the bound.
    command.add("-print_final_stats=1");
    command.add(corpus.toString());
    command.add(seeds.toString());
    command.add(target.keptCasesFolder().toString());
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      if (!process.waitFor(seconds + STARTING_SECONDS, TimeUnit.SECONDS)) {
        return outcome(output, "it did not end");
      }
    } finally {
      process.destroyForcibly();
    }
    int exit = process.exitValue();
    return outcome(output, exit == 0 ? null : "it ended with " + exit);
  }

  private static List<String> java() {
    return ChildJvm.command(
        HEAP,
        METASPACE,
        STACK,
        "-XX:+UseCompactObjectHeaders",
        "-XX:-DontCompileHugeMethods",
        "-XX:+EnableDynamicAgentLoading",
        "-Xshare:auto",
        "-Xlog:disable",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-Dio.netty.leakDetection.level=paranoid",
        "-Dio.netty.leakDetection.targetRecords=20");
  }

  /** A jar of nothing but a manifest: the agent's class is on the class path. */
  private Path agent() throws IOException {
    var manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest
        .getMainAttributes()
        .put(new Attributes.Name("Premain-Class"), ClassFileLabel.class.getName());
    Path jar = folder.resolve("agent.jar");
    new JarOutputStream(Files.newOutputStream(jar), manifest).close();
    return jar;
  }

  /** What a run said: much, perhaps, so only what is of interest is kept. */
  private static final class Said {
    private final ArrayDeque<String> last = new ArrayDeque<>();
    private final List<String> finding = new ArrayList<>();
    private long executions;
    private long coverage;

    void read(Path output) throws IOException {
      // By characters of one byte each: an engine's output needn't be UTF-8.
      try (BufferedReader in = Files.newBufferedReader(output, StandardCharsets.ISO_8859_1)) {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
          read(line);
        }
      }
    }

    private void read(String line) {
      Matcher progress = PROGRESS.matcher(line);
      if (progress.find()) {
        executions = Math.max(executions, Long.parseLong(progress.group(1)));
        coverage = Math.max(coverage, Long.parseLong(progress.group(2)));
      }
      Matcher executed = EXECUTED.matcher(line);
      if (executed.find()) {
        executions = Long.parseLong(executed.group(1));
      }
      boolean isOfFinding = !finding.isEmpty() || line.startsWith("== ");
      if (isOfFinding && finding.size() < SHOWN_LINES) {
        finding.add(line);
      }
      last.add(line);
      if (last.size() > SHOWN_LINES) {
        last.remove();
      }
    }

    String shown() {
      return String.join("\n", finding.isEmpty() ? last : finding);
    }
  }

  private Outcome outcome(Path output, @Nullable String problem) throws IOException {
    var said = new Said();
    said.read(output);
    if (problem == null && said.coverage == 0) {
      problem = "no edge of any class was seen: nothing is instrumented";
    }
    return new Outcome(
        said.executions, said.coverage, problem == null ? null : describe(problem, said, output));
  }

  private String describe(String problem, Said said, Path output) {
    return "%s: %s. The input is in %s; keep it in a file of %s that says what it is. All of the output is in %s:%n%s"
        .formatted(
            target.name(),
            problem,
            folder.resolve("findings"),
            target.keptCasesFolder(),
            output,
            said.shown());
  }

  /** Forgets what former runs kept. */
  public static void clean(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
