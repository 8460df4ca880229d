package dev.mooring.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.mooring.server.testing.Needed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The sources that the engine was built from, with their tests; and the engine that they are on
 * this machine.
 *
 * @param folder of the sources
 * @param program the native one
 */
record QuickJsSources(Path folder, Path program) {
  private static final Path KEPT = Path.of("guests/engine");
  private static final int LIMIT_SECONDS = 120;

  /** Instead of the console that the program has when it is given no script. */
  private static final String NO_CONSOLE =
      "#include <stdint.h>\nconst uint8_t qjsc_repl[] = {0};\nconst uint32_t qjsc_repl_size = 0;\n";

  private static final List<String> SOURCES =
      List.of(
          "quickjs.c",
          "libregexp.c",
          "libunicode.c",
          "cutils.c",
          "dtoa.c",
          "quickjs-libc.c",
          "qjs.c",
          "console.c");

  /**
   * Unpacks and builds them. Without the sources, which are fetched for the engine's build, or a C
   * compiler the test is skipped, but not in CI.
   *
   * @param work a folder that is empty
   */
  static QuickJsSources prepare(Path work) throws IOException, InterruptedException {
    Path archive = archive();
    String compiler = compiler();
    run(work, List.of("tar", "-xJf", archive.toAbsolutePath().toString(), "--strip-components=1"));
    Files.writeString(work.resolve("console.c"), NO_CONSOLE);
    var build = new ArrayList<>(List.of(compiler, "-O1", "-w", "-D_GNU_SOURCE", "-o", "qjs"));
    build.add("-DCONFIG_VERSION=\"" + Files.readString(work.resolve("VERSION")).strip() + '"');
    build.addAll(SOURCES);
    build.addAll(List.of("-lm", "-ldl", "-lpthread"));
    run(work, build);
    return new QuickJsSources(work, work.resolve("qjs").toAbsolutePath());
  }

  private static Path archive() throws IOException {
    try (Stream<Path> files = Files.list(KEPT)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("quickjs_"))
          .max(Path::compareTo)
          .orElseThrow(() -> without("there are no sources; src/guests/build --fetch gets them"));
    }
  }

  private static String compiler() {
    return Needed.programs("cc", "clang", "gcc")
        .findFirst()
        .map(Path::toString)
        .orElseThrow(() -> without("there is no C compiler on the PATH"));
  }

  /** Never returns. */
  private static IllegalStateException without(String missing) {
    return Needed.missing("QuickJS's own tests haven't run: " + missing, "");
  }

  /** What a program that must succeed prints. */
  private static String run(Path folder, List<String> command)
      throws IOException, InterruptedException {
    Path said = Files.createTempFile(folder, "said", ".txt");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      fail(command + " isn't done after " + LIMIT_SECONDS + " s");
    }
    String text = new String(Files.readAllBytes(said), UTF_8);
    assertEquals(0, process.exitValue(), () -> command + ": " + text);
    return text;
  }

  /** What the native engine prints for a script in the sources' folder. */
  String runNative(String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    return run(folder, command);
  }

  /** The names of the tests' files. */
  List<String> tests() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("tests"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("test_") && name.endsWith(".js"))
          .sorted()
          .toList();
    }
  }

  byte[] test(String name) {
    try {
      return Files.readAllBytes(folder.resolve("tests").resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
