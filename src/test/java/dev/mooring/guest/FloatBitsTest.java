package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.ChildJvm;
import dev.mooring.server.testing.Optimized;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A NaN's bits, interpreted and compiled by each of the JVM's compilers: see {@link FloatBits}. */
@Optimized
final class FloatBitsTest {
  private static final String COMPILED = "-XX:CompileCommand=compileonly,dev.mooring.guest.";

  @Test
  void floats_interpreted_areAsSpecified(@TempDir Path directory) throws Exception {
    assertRight(directory, 1, "-Xint");
  }

  @Test
  void floats_compiledByC1_areAsSpecified(@TempDir Path directory) throws Exception {
    assertRight(directory, 20, "-Xbatch", "-XX:TieredStopAtLevel=1");
  }

  /** Nothing else is compiled: C2 takes its time. */
  @Test
  void floats_compiledByC2_areAsSpecified(@TempDir Path directory) throws Exception {
    assertRight(
        directory,
        20,
        "-Xbatch",
        "-XX:-TieredCompilation",
        "-XX:CompileThreshold=100",
        "-XX:CompileCommand=quiet",
        COMPILED + "compiled.*::*",
        COMPILED + "NumericOperations::*");
  }

  private static void assertRight(Path directory, int times, String... options) throws Exception {
    List<String> command =
        ChildJvm.command(
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.addAll(List.of(options));
    command.add(FloatBits.class.getName());
    command.add(Integer.toString(times));
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertTrue(process.waitFor(5, TimeUnit.MINUTES), "it ends");
      assertEquals("", Files.readString(output));
      assertEquals(0, process.exitValue());
    } finally {
      process.destroyForcibly();
    }
  }
}
