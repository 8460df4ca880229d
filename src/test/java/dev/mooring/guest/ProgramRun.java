package dev.mooring.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.intake.ValueType;
import dev.mooring.guest.memory.GuestMemory;
import dev.mooring.guest.random.RandomModule;
import dev.mooring.state.SessionState;
import dev.mooring.state.StateException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One program at random, twice: as spaces of a loop that takes turns with them, and on an
 * interpreter, an instance for each. All calls end in the same way, with the same results, and
 * leave the same behind.
 */
final class ProgramRun implements AutoCloseable {
  private static final int MOST_SPACES = 4;
  private static final int MOST_CALLS = 40;

  /** A call takes milliseconds; one that doesn't end is a finding. */
  private static final int TIMEOUT_MILLIS = 10_000;

  private static final int[] FUEL = {20, 150, 400, 400, 1_500, 6_000};

  /** What came of a run. */
  record Tally(int committed, int trapped) {}

  /** A space, what it must be equal to, and what both held when their last call had ended. */
  private static final class Pair {
    private Space space;
    private InterpretedInstance model;
    private StoreImage agreed;
    private final List<String> calls = new ArrayList<>();

    Pair(Space space, InterpretedInstance model) {
      this.space = space;
      this.model = model;
      this.agreed = model.state();
    }
  }

  private final GuestFixture guests;
  private final List<Pair> pairs = new ArrayList<>();
  private final SplittableRandom random;
  private final byte[] bytes;
  private final InterpretedInstance.Maker maker;

  /** What is being done, for whoever reads of a difference. */
  private String step = "compiled";

  /** The calls of the space that was called last, but for those that trapped. */
  private List<String> calls = List.of();

  private int committed;
  private int trapped;

  ProgramRun(long seed, GuestRuntime runtime) {
    guests = new GuestFixture(runtime);
    guests.timeoutMillis = TIMEOUT_MILLIS;
    random = new SplittableRandom(~seed);
    bytes = RandomModule.write(seed);
    maker = new InterpretedInstance.Maker(RandomModule.writeForInterpreter(seed));
  }

  /** The module as our engine has it. */
  byte[] module() {
    return bytes;
  }

  /** What it is at. */
  String step() {
    return step;
  }

  /** How it came there: the calls that have changed the space, and the last, one a line. */
  List<String> calls() {
    return calls;
  }

  /**
   * Runs all of it.
   *
   * @throws AssertionError where the engines differ
   */
  Tally run() {
    GuestModule module;
    try {
      module = GuestModule.compile(bytes, ModuleOptions.DEFAULTS, guests.runtime);
    } catch (ModuleRefused e) {
      return refused(e);
    }
    StoreImage first = initialised().state();
    int spaces = random.nextInt(1, MOST_SPACES + 1);
    for (int i = 0; i < spaces; i++) {
      pairs.add(new Pair(guests.open(module), maker.make(first)));
    }
    pairs.forEach(this::check);
    List<ExportedFunction> functions =
        module.exports().stream().filter(f -> !f.name().equals(RandomModule.REFUEL)).toList();
    int calls = random.nextInt(2, MOST_CALLS);
    for (int i = 0; i < calls; i++) {
      step(module, functions, i);
    }
    step = "at the end";
    pairs.forEach(this::check);
    return new Tally(committed, trapped);
  }

  private InterpretedInstance initialised() {
    InterpretedInstance made = maker.make();
    step = "initialised";
    if (made.exports(RandomModule.INITIALIZE)) {
      try {
        made.call(RandomModule.INITIALIZE);
      } catch (InterpretedInstance.Trapped e) {
        throw new AssertionError("only the interpreter's traps: " + e.kind(), e);
      }
    }
    return made;
  }

  /** Of what is refused, the initialisation traps on both. */
  private Tally refused(ModuleRefused refusal) {
    String why = String.valueOf(refusal.getMessage());
    InterpretedInstance made = maker.make();
    try {
      if (made.exports(RandomModule.INITIALIZE)) {
        made.call(RandomModule.INITIALIZE);
      }
    } catch (InterpretedInstance.Trapped e) {
      assertTrue(why.contains("it trapped: " + e.kind().description()), why);
      return new Tally(0, 1);
    }
    throw new AssertionError("refused, and the interpreter runs it: " + why, refusal);
  }

  private void step(GuestModule module, List<ExportedFunction> functions, int number) {
    Pair pair = any();
    int place = pairs.indexOf(pair);
    switch (random.nextInt(16)) {
      case 0 -> IdleTime.pass(guests.loop, random.nextInt(1, 12));
      case 1 -> IdleTime.untilRest(guests.loop);
      case 2 -> {
        step = "step %d: space %d is saved and restored".formatted(number, place);
        moveToAnother(module, pair);
        check(pair);
      }
      case 3 -> {
        step = "step %d: all are looked at".formatted(number);
        pairs.forEach(this::check);
      }
      default -> {}
    }
    ExportedFunction function = functions.get(random.nextInt(functions.size()));
    int fuel = FUEL[random.nextInt(FUEL.length)];
    step = "step %d: space %d, %s(%d)".formatted(number, place, RandomModule.REFUEL, fuel);
    call(pair, export(module, RandomModule.REFUEL), fuel);
    if (random.nextInt(4) == 0) {
      pair = any(); // With what is left of its fuel.
      place = pairs.indexOf(pair);
    }
    long[] arguments = arguments(function);
    step =
        "step %d: space %d, %s%s, with a fuel of %d"
            .formatted(number, place, function.signature(), Arrays.toString(arguments), fuel);
    call(pair, function, arguments);
  }

  private Pair any() {
    return pairs.get(random.nextInt(pairs.size()));
  }

  private static ExportedFunction export(GuestModule module, String name) {
    ExportedFunction export = module.export(name);
    if (export == null) {
      throw new AssertionError("no export " + name);
    }
    return export;
  }

  private void call(Pair pair, ExportedFunction function, long... arguments) {
    calls = pair.calls;
    calls.add(function.name() + Arrays.toString(arguments));
    CallOutcome ours = guests.call(pair.space, function.name(), arguments);
    try {
      long[] results = pair.model.call(function.name(), arguments.clone());
      assertEquals(CallOutcome.Committed.INSTANCE, ours, "the interpreter's returns");
      assertEquals(
          Arrays.toString(results), Arrays.toString(guests.invocation.results()), "results");
      pair.agreed = pair.model.state();
      committed++;
    } catch (InterpretedInstance.Trapped e) {
      assertEquals(new CallOutcome.Trapped(e.kind()), ours);
      calls.removeLast();
      pair.model = maker.make(pair.agreed);
      trapped++;
    }
    // To look at a space loads it: now and then the next call is the first to do so.
    if (random.nextInt(6) > 0) {
      check(pair);
    }
  }

  private void check(Pair pair) {
    StoreImage wanted = pair.agreed;
    StoreImage ours = GuestFixture.state(pair.space);
    assertEquals(wanted.memory().sizePages(), ours.memory().sizePages(), "pages of memory");
    for (int i = 0; i < wanted.memory().pageCount(); i++) {
      int at = Arrays.mismatch(wanted.memory().page(i), ours.memory().page(i));
      if (at >= 0) {
        assertEquals(
            around(wanted.memory().page(i), at),
            around(ours.memory().page(i), at),
            "memory from %d on".formatted(i * GuestMemory.TRACKED_BYTES + at));
      }
    }
    assertEquals(Arrays.toString(wanted.globals()), Arrays.toString(ours.globals()), "globals");
    assertEquals(
        Arrays.deepToString(wanted.tables()), Arrays.deepToString(ours.tables()), "tables");
    assertArrayEquals(wanted.droppedSegments(), ours.droppedSegments(), "dropped segments");
  }

  private static String around(byte[] page, int at) {
    return HexFormat.of().formatHex(page, at, Math.min(at + Long.BYTES, page.length));
  }

  private void moveToAnother(GuestModule module, Pair pair) {
    SessionState saved = pair.space.save();
    try {
      Space restored =
          guests.loop.restore(module, saved, pair.space.environment, GuestFixture.MEMORY_BYTES);
      guests.close(pair.space);
      pair.space = restored;
    } catch (StateException | SpaceRefused e) {
      throw new AssertionError("what was saved is not restored", e);
    }
  }

  private long[] arguments(ExportedFunction function) {
    long[] arguments = new long[function.parameters().size()];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = argument(function.parameters().get(i));
    }
    return arguments;
  }

  private long argument(ValueType type) {
    long bits =
        switch (random.nextInt(4)) {
          case 0 -> random.nextLong();
          case 1 -> random.nextLong() >> random.nextInt(64);
          default -> random.nextInt(-3, 20);
        };
    boolean number = random.nextBoolean();
    return switch (type) {
      case I32 -> (int) bits;
      case I64 -> bits;
      case F32 -> number ? Float.floatToRawIntBits(bits / 4f) : (int) bits;
      case F64 -> number ? Double.doubleToRawLongBits(bits / 4.0) : bits;
      case FUNCREF, EXTERNREF -> throw new AssertionError("nobody may pass a reference");
    };
  }

  @Override
  public void close() {
    pairs.forEach(pair -> guests.close(pair.space));
    guests.close();
    assertEquals(0, guests.runtime.memoryUsedBytes(), "everything was given back");
  }
}
