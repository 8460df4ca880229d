package dev.mooring.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How {@code bin/mooring} finds Java: with Javas that only say how they were called. */
final class LauncherTest {
  private static final int NO_JAVA = 4;

  @TempDir Path folder;
  private Path launcher = Path.of("");
  private Path home = Path.of("");

  /** What a run of the launcher left behind. */
  private record Run(int exitCode, String out, String err) {}

  @BeforeEach
  void installLauncher() throws IOException {
    home = folder.resolve("a home");
    launcher = Files.createDirectories(home.resolve("bin")).resolve("mooring");
    Files.createDirectory(home.resolve("lib"));
    for (String jar : List.of("asm-9.jar", "mooring-server-1.0.jar", "wasm-1.jar")) {
      Files.createFile(home.resolve("lib").resolve(jar));
    }
    Files.copy(Path.of("main/dist/bin/mooring"), launcher);
    launcher.toFile().setExecutable(true);
  }

  @Test
  void start_javaHomeIsOld_looksFurther() throws Exception {
    Path old = java("old", "17.0.15");
    Path good = java("jvm/jdk-25", "25.0.3");
    Run run =
        start(
            Map.of("JAVA_HOME", old.toString(), "MOORING_JAVA_FOLDERS", folder + "/jvm"),
            "--version");
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().startsWith(good + "/bin/java\n"), run.out());
  }

  @Test
  void start_javaHomeIsGood_takesIt() throws Exception {
    Path good = java("good", "26-ea");
    java("jvm/jdk-25", "25.0.3");
    Run run =
        start(
            Map.of("JAVA_HOME", good.toString(), "MOORING_JAVA_FOLDERS", folder + "/jvm"),
            "--version");
    assertTrue(run.out().startsWith(good + "/bin/java\n"), run.out());
  }

  @Test
  void start_runtimeBesideIt_comesBeforeAllOthersButTheOneThatIsAskedFor() throws Exception {
    Path beside = java("a home/runtime", "25.0.3").toRealPath();
    Path good = java("good", "26");
    Run run = start(Map.of("JAVA_HOME", good.toString()), "--version");
    assertTrue(run.out().startsWith(beside + "/bin/java\n"), run.out());
    Run asked = start(Map.of("MOORING_JAVA_HOME", good.toString()), "--version");
    assertTrue(asked.out().startsWith(good + "/bin/java\n"), asked.out());
  }

  @Test
  void start_javaOnThePath_isFoundThroughItsLink() throws Exception {
    Path good = java("good", "25");
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Files.createSymbolicLink(bin.resolve("java"), good.resolve("bin/java"));
    Run run = start(Map.of("PATH", bin + ":/usr/bin:/bin"), "--version");
    assertTrue(run.out().startsWith(good + "/bin/java\n"), run.out());
  }

  @Test
  void start_noReleaseFile_asksJavaItself() throws Exception {
    Path good = java("good", "25.0.3");
    Files.delete(good.resolve("release"));
    Run run = start(Map.of("JAVA_HOME", good.toString()), "--version");
    assertTrue(run.out().startsWith(good + "/bin/java\n"), run.out());
  }

  @Test
  void start_onlyOldJavas_saysWhatWasSeenAndExitsWith4() throws Exception {
    Path home = java("old", "1.8.0_392");
    java("jvm/a", "17.0.15");
    java("jvm/b", "24.0.2");
    Run run =
        start(
            Map.of("JAVA_HOME", home.toString(), "MOORING_JAVA_FOLDERS", folder + "/jvm"), "demo");
    assertEquals(NO_JAVA, run.exitCode());
    assertEquals("", run.out());
    assertEquals(
        List.of(
            "mooring: needs Java 25 or later, and found none.",
            "Looked at:",
            "  JAVA_HOME=" + home + ": Java 1.8.0_392",
            "  " + folder + "/jvm/a: Java 17.0.15",
            "  " + folder + "/jvm/b: Java 24.0.2"),
        run.err().lines().limit(5).toList());
    assertTrue(run.err().contains("set MOORING_JAVA_HOME"), run.err());
  }

  @Test
  void start_noJavaAnywhere_saysSo() throws Exception {
    Run run = start(Map.of("MOORING_JAVA_FOLDERS", folder + "/none"), "demo");
    assertEquals(NO_JAVA, run.exitCode());
    assertTrue(run.err().contains("there is no Java in them at all"), run.err());
  }

  @Test
  void start_mooringJavaHomeIsWrong_triesNoOther() throws Exception {
    Path good = java("good", "25.0.3");
    Run run =
        start(Map.of("MOORING_JAVA_HOME", folder + "/none", "JAVA_HOME", good.toString()), "demo");
    assertEquals(NO_JAVA, run.exitCode());
    assertTrue(run.err().contains("MOORING_JAVA_HOME=" + folder + "/none: no Java"), run.err());
    assertTrue(run.err().contains("correct it, or unset it"), run.err());
  }

  @Test
  void start_throughALink_findsItsOwnHome() throws Exception {
    Path good = java("good", "25.0.3");
    Path link = Files.createSymbolicLink(folder.resolve("link"), launcher);
    Run run = start(link, Map.of("JAVA_HOME", good.toString()), "--version");
    Path real = home.toRealPath();
    assertTrue(run.out().lines().toList().contains("-Dmooring.home=" + real), run.out());
    assertTrue(
        run.out().lines().toList().contains(real + "/lib/mooring-server-1.0.jar"), run.out());
  }

  @Test
  void start_options_reachTheJvmAndArgumentsMooring() throws Exception {
    Path good = java("good", "25.0.3");
    Run run =
        start(
            Map.of("JAVA_HOME", good.toString(), "MOORING_JAVA_OPTIONS", "-Xmx64m -Da=b"),
            "call",
            "two words",
            "");
    List<String> words = run.out().lines().toList();
    int main = words.indexOf("dev.mooring.cli.Mooring");
    assertTrue(words.subList(0, main).containsAll(List.of("-Xmx64m", "-Da=b")), run.out());
    assertEquals(List.of("call", "two words", ""), words.subList(main + 1, words.size()));
  }

  @Test
  void start_serve_getsAServersFlags() throws Exception {
    Map<String, String> environment = Map.of("JAVA_HOME", java("good", "25.0.3").toString());
    Run serve = start(environment, "--verbose", "serve");
    assertTrue(serve.out().contains("-XX:+UseCompactObjectHeaders\n"), serve.out());
    assertTrue(serve.out().contains("-XX:-DontCompileHugeMethods\n"), serve.out());
    assertTrue(serve.out().contains("-Dlogback.configurationFile="), serve.out());
    Run demo = start(environment, "demo");
    assertTrue(demo.out().contains("-XX:-DontCompileHugeMethods\n"), demo.out());
    Run call = start(environment, "call", "serve");
    assertFalse(call.out().contains("-XX:+UseCompactObjectHeaders\n"), call.out());
    assertFalse(call.out().contains("-Dlogback.configurationFile="), call.out());
  }

  @Test
  void start_javaEnds_handsOnItsExitCode() throws Exception {
    Path java = java("good", "25.0.3");
    writeExecutable(java.resolve("bin/java"), "#!/bin/sh\nexit 3\n");
    assertEquals(3, start(Map.of("JAVA_HOME", java.toString()), "call").exitCode());
  }

  private Run start(Map<String, String> environment, String... arguments) throws Exception {
    return start(launcher, environment, arguments);
  }

  private Run start(Path command, Map<String, String> environment, String... arguments)
      throws Exception {
    List<String> words = new ArrayList<>(List.of(command.toString()));
    words.addAll(List.of(arguments));
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    var builder =
        new ProcessBuilder(words).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().clear();
    // Tools, but no java.
    builder.environment().put("PATH", tools().toString());
    builder.environment().putAll(environment);
    int exitCode = builder.start().waitFor();
    return new Run(exitCode, read(out), read(err));
  }

  /** The few tools that the launcher may use, and nothing else. */
  private Path tools() throws IOException {
    Path tools = folder.resolve("tools");
    if (!Files.exists(tools)) {
      Files.createDirectory(tools);
      for (String tool : List.of("sed", "readlink")) {
        writeExecutable(tools.resolve(tool), "#!/bin/sh\nexec /usr/bin/" + tool + " \"$@\"\n");
      }
    }
    return tools;
  }

  /** A Java that prints its own path and its arguments, a line for each. */
  private Path java(String name, String version) throws IOException {
    Path home = Files.createDirectories(folder.resolve(name));
    Files.createDirectory(home.resolve("bin"));
    Files.writeString(
        home.resolve("release"),
        "IMPLEMENTOR=\"Nobody\"\nJAVA_VERSION=\"" + version + "\"\nOS_NAME=\"Linux\"\n");
    writeExecutable(
        home.resolve("bin/java"),
        """
        #!/bin/sh
        if [ "$1" = -version ]; then
          echo 'openjdk version "%s" 2026-04-21' >&2
        else
          printf '%%s\\n' "$0" "$@"
        fi
        """
            .formatted(version));
    return home;
  }

  private static void writeExecutable(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8);
  }
}
