package dev.mooring.guest.intake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.fuzz.FuzzContract;
import dev.mooring.fuzz.PlainWords;
import dev.mooring.guest.EveryExport;
import dev.mooring.guest.GuestLoop;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.IdleTime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.ModuleRefused;
import dev.mooring.guest.Space;
import dev.mooring.guest.SpaceRefused;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.guest.call.TrapKind;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A valid module, however extreme, opens and is called, or is refused by a limit, which the refusal
 * tells; and whatever is said is said in words.
 *
 * <p>An input is a recipe: one byte for the dimension, two for the size, and the rest for what may
 * be chosen beside it.
 */
public final class ExtremeModuleFuzzTest extends FuzzContract {
  private static final List<Extreme> DIMENSIONS = List.of(Extreme.values());
  private static final int SIZE_AT = 1;
  private static final int CHOICES_AT = 3;
  private static final int LARGEST_SIZE = 0xFFFF;

  /** So that a build hunts among many modules rather than compiling a few. */
  private static final int SEED_SIZE = 0x9000;

  private static final long BUDGET_BYTES = 256L << 20;
  private static final long SPACE_MEMORY_BYTES = 32L << 20;
  private static final int INITIALIZE_MILLIS = 5_000;
  private static final Pattern LIMIT = Pattern.compile("\\b(?:the limit is|limited to) \\d+");
  private static final GuestEnvironment NOBODY =
      new GuestEnvironment(Map.of(), (level, message) -> PlainWords.check(message));

  /** One for each dimension, of a middling size. */
  @Override
  protected List<byte[]> seeds() {
    var seeds = new ArrayList<byte[]>();
    for (Extreme dimension : DIMENSIONS) {
      byte[] choices = HexFormat.of().parseHex("0001020304050607f0e1d2c3b4a59687");
      seeds.add(input(dimension, SEED_SIZE, choices));
    }
    return seeds;
  }

  /** The input that asks for this. */
  static byte[] input(Extreme dimension, int size, byte[] choices) {
    return WasmBuilder.join(
        WasmBuilder.bytes(DIMENSIONS.indexOf(dimension), size >>> 8, size & 0xFF), choices);
  }

  @Override
  protected void execute(byte[] input) {
    fuzzerTestOneInput(input);
  }

  /** Jazzer's entry. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length < CHOICES_AT) {
      return;
    }
    Extreme dimension = DIMENSIONS.get((input[0] & 0xFF) % DIMENSIONS.size());
    int asked = (input[SIZE_AT] & 0xFF) << 8 | (input[SIZE_AT + 1] & 0xFF);
    int size = size(asked, dimension.largest());
    byte[] wasm = dimension.module(size, new Choices(input, CHOICES_AT));
    try {
      tryOut(wasm, dimension.mayUseUpTheStack());
    } catch (Throwable e) {
      throw new AssertionError(dimension + " of " + size + ", " + wasm.length + " bytes", e);
    }
  }

  /** So that each order of magnitude comes as often as the others: the largest take seconds. */
  private static int size(int asked, int largest) {
    return (int) Math.round(Math.pow(largest, asked / (double) LARGEST_SIZE));
  }

  private static void tryOut(byte[] wasm, boolean stackMayEnd) {
    boolean letIn = examine(wasm);
    var options = new ModuleOptions(IntakeLimits.DEFAULTS, INITIALIZE_MILLIS);
    try (var runtime = new GuestRuntime(BUDGET_BYTES)) {
      try {
        GuestModule module = GuestModule.compile(wasm, options, runtime);
        assertTrue(letIn, "compiled, though it was refused");
        run(module, runtime, stackMayEnd);
      } catch (ModuleRefused e) {
        PlainWords.check(String.valueOf(e.getMessage()));
        assertEquals(ModuleRefused.Lack.NONE, e.lack(), e::getMessage);
        requireLimit(String.valueOf(e.getMessage()));
      }
      assertEquals(0, runtime.memoryUsedBytes(), "bytes that guests still hold");
    }
  }

  private static boolean examine(byte[] wasm) {
    try {
      Intake.examine(wasm, IntakeLimits.DEFAULTS);
      return true;
    } catch (ModuleRejection e) {
      PlainWords.check(String.valueOf(e.getMessage()));
      requireLimit(String.valueOf(e.getMessage()));
      return false;
    }
  }

  private static void requireLimit(String refusal) {
    assertTrue(LIMIT.matcher(refusal).find(), () -> "refused by no limit: " + refusal);
  }

  private static void run(GuestModule module, GuestRuntime runtime, boolean stackMayEnd) {
    try (var loop = new GuestLoop(runtime);
        var calls = new EveryExport()) {
      try (Space space = loop.open(module, NOBODY, SPACE_MEMORY_BYTES, calls.begun())) {
        calls.call(module, space, outcome -> checkOutcome(outcome, stackMayEnd));
      } catch (SpaceRefused e) {
        throw new AssertionError("does not open: " + e.outcome(), e);
      }
      assertEquals(0, loop.liveSpaces());
      IdleTime.untilGivenUp(loop);
      assertEquals(0, loop.liveProcessors());
    }
  }

  /** No instruction of these modules traps; what ends a call is a bound, or nothing. */
  private static void checkOutcome(CallOutcome outcome, boolean stackMayEnd) {
    boolean expected =
        switch (outcome) {
          case CallOutcome.Committed c -> true;
          case CallOutcome.TimedOut t -> true;
          case CallOutcome.Trapped(TrapKind kind) ->
              stackMayEnd && kind == TrapKind.STACK_EXHAUSTED;
          default -> false;
        };
    assertTrue(expected, () -> "a call ended with " + outcome);
  }
}
