package dev.mooring.state;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.GuestModule;
import dev.mooring.guest.Space;
import dev.mooring.proto.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A session that begins in one process and goes on in another, as if nothing had happened. */
final class OtherProcessTest {
  @Test
  void restore_inAnotherProcess_goesOnAsItsTwin(@TempDir Path directory) throws Exception {
    run("save", directory);
    run("goOn", directory);
    try (var host = new GuestHost()) {
      for (String guest : GuestHost.all()) {
        GuestModule module = GuestHost.module(guest);
        Space twin = host.open(module);
        for (String step : new String[] {"save", "goOn"}) {
          var random = new Random(step.hashCode());
          assertEquals(
              host.randomCalls(module, twin, StateProcess.CALLS, random),
              Files.readString(directory.resolve(guest + "." + step)));
        }
        if (!guest.equals("ticker")) { // What it read on the clock stays in its memory.
          byte[] last = Files.readAllBytes(directory.resolve(guest + ".state"));
          assertArrayEquals(twin.save().toBytes(), last, guest);
        }
        twin.close();
      }
    }
  }

  private static void run(String step, Path directory) throws IOException, InterruptedException {
    Path output = directory.resolve(step + ".output");
    Process process =
        new ProcessBuilder(
                ChildJvm.command(
                    "-cp",
                    System.getProperty("java.class.path"),
                    "--enable-native-access=ALL-UNNAMED",
                    "-Xmx512m",
                    StateProcess.class.getName(),
                    step,
                    directory.toString()))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertTrue(process.waitFor(5, TimeUnit.MINUTES), "it ends");
      assertEquals(0, process.exitValue(), () -> read(output));
    } finally {
      process.destroyForcibly();
    }
  }

  private static String read(Path output) {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
