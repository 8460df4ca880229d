package dev.mooring.guest.intake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.fuzz.FuzzContract;
import dev.mooring.guest.EveryExport;
import dev.mooring.guest.GuestLoop;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.IdleTime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.ModuleRefused;
import dev.mooring.guest.Space;
import dev.mooring.guest.SpaceRefused;
import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.state.SessionState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Any bytes are refused with a reason, or make a module that opens or says why it doesn't, and
 * whose every call ends in one of the ways in which calls end; and what they leave is the same
 * awake and at rest. An input is a module.
 */
public final class ModuleFuzzTest extends FuzzContract {
  private static final List<Path> FOLDERS = List.of(Path.of("guests/c"), Path.of("test/guests"));

  /** What is larger takes longer to try than it teaches. */
  private static final int LARGEST_SEED_BYTES = 4_096;

  private static final int INITIALIZE_MILLIS = 10;
  private static final long BUDGET_BYTES = 64L << 20;
  private static final long SPACE_MEMORY_BYTES = 16L << 20;
  private static final GuestEnvironment NOBODY =
      new GuestEnvironment(Map.of("key", "value"), (level, message) -> {});

  @Override
  protected List<byte[]> seeds() {
    var seeds = new ArrayList<>(Modules.good());
    for (Path folder : FOLDERS) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".wasm")).sorted().toList()) {
          if (Files.size(file) <= LARGEST_SEED_BYTES) {
            seeds.add(bytes(file));
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return seeds;
  }

  @Override
  protected void execute(byte[] input) {
    fuzzerTestOneInput(input);
  }

  /** Jazzer's entry. */
  public static void fuzzerTestOneInput(byte[] input) {
    boolean letIn = examine(input);
    var options = new ModuleOptions(IntakeLimits.DEFAULTS, INITIALIZE_MILLIS);
    try (var runtime = new GuestRuntime(BUDGET_BYTES)) {
      try {
        GuestModule module = GuestModule.compile(input, options, runtime);
        assertTrue(letIn, "compiled, though it was refused");
        run(module, runtime);
      } catch (ModuleRefused e) {
        assertTrue(!String.valueOf(e.getMessage()).isBlank(), "a refusal says why");
      }
      assertEquals(0, runtime.memoryUsedBytes(), "bytes that guests still hold");
    }
  }

  private static boolean examine(byte[] wasm) {
    try {
      Intake.examine(wasm, IntakeLimits.DEFAULTS);
      return true;
    } catch (ModuleRejection e) {
      assertTrue(e.offset() >= 0 && e.offset() <= wasm.length, e::getMessage);
      return false;
    }
  }

  private static void run(GuestModule module, GuestRuntime runtime) {
    try (var loop = new GuestLoop(runtime);
        var calls = new EveryExport()) {
      try (Space space = loop.open(module, NOBODY, SPACE_MEMORY_BYTES, calls.begun())) {
        calls.call(module, space);
        SessionState awake = space.save();
        IdleTime.untilRest(loop);
        assertEquals(awake, space.save(), "what is kept of a space at rest");
      } catch (SpaceRefused e) {
        assertTrue(!e.outcome().committed(), "refused, though it committed");
      }
      assertEquals(0, loop.liveSpaces());
      IdleTime.untilGivenUp(loop);
      assertEquals(0, loop.liveProcessors());
    }
  }
}
