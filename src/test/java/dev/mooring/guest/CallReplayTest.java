package dev.mooring.guest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.call.CallLimits;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.FunctionTracer;
import dev.mooring.guest.call.RecordedCall;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.call.WorldRecording;
import dev.mooring.guest.intake.FunctionNames;
import dev.mooring.state.SessionState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A call that is made again ends as it did, and tells on the way what it does. */
final class CallReplayTest {
  private final GuestFixture guests = new GuestFixture();

  CallReplayTest() {
    guests.loop.record();
  }

  @AfterEach
  void close() {
    guests.close();
  }

  /** Notes what it is told. */
  private static final class Notes implements FunctionTracer {
    private final FunctionNames names;
    private final List<String> lines = new ArrayList<>();
    private final ArrayDeque<String> stack = new ArrayDeque<>();

    Notes(FunctionNames names) {
      this.names = names;
    }

    @Override
    public void entered(int function, String types, long[] arguments) {
      assertEquals(types.length(), arguments.length);
      stack.push(names.name(function));
      lines.add("> " + names.name(function) + " " + types + Arrays.toString(arguments));
    }

    @Override
    public void left(int function, String types, long @Nullable [] results) {
      assertEquals(names.name(function), stack.pop());
      lines.add("< " + names.name(function) + " " + types + Arrays.toString(results));
    }
  }

  /** What came of a replay. */
  private record Ending(CallOutcome outcome, Notes notes, List<String> log) {}

  private static RecordedCall call(
      GuestFixture of, String function, byte[] input, CallOutcome outcome, long... arguments) {
    return new RecordedCall(
        function,
        arguments,
        input,
        "",
        of.config,
        new CallLimits(
            of.timeoutMillis, of.limits.outputBytes(), of.limits.events(), of.limits.timers()),
        GuestFixture.MEMORY_BYTES,
        of.loop.room(),
        of.loop.recording(),
        outcome);
  }

  private static Map<String, byte[]> modules(Space space) {
    var modules = new HashMap<String, byte[]>();
    for (var each = PortableModule.of(space.processor.module());
        each != null;
        each = each.engine()) {
      modules.put(each.key(), each.toBytes());
    }
    return modules;
  }

  /** Makes a call that fails, and makes it again. */
  private Ending again(Space space, String function, long... arguments) throws Exception {
    byte[] input = "\"some input\"".getBytes(UTF_8);
    CallOutcome outcome = guests.callWith(space, function, input, arguments);
    SessionState state = space.save();
    return replay(space, call(guests, function, input, outcome, arguments), state);
  }

  private static Ending replay(Space space, RecordedCall call, SessionState state)
      throws Exception {
    var log = new ArrayList<String>();
    try (CallReplay replay = CallReplay.of(call, state, modules(space))) {
      var notes = new Notes(replay.names());
      CallOutcome outcome = replay.run(notes, (level, line) -> log.add(line));
      assertEquals(call.outcome(), outcome, call.function());
      return new Ending(outcome, notes, log);
    }
  }

  @Test
  void replay_ofATrap_isInTheFunctionThatTrapped() throws Exception {
    Space space = guests.open("traps");
    guests.result(space, "inc");
    Ending ending = again(space, "store_oob");
    assertEquals(new CallOutcome.Trapped(TrapKind.OUT_OF_BOUNDS_MEMORY), ending.outcome());
    assertEquals(List.of("store_oob"), List.copyOf(ending.notes().stack));
    List<String> lines = ending.notes().lines;
    assertEquals("> store_oob []", lines.getFirst());
    assertTrue(
        lines.contains("< inc J[2]") || lines.contains("< function 1 J[2]"), lines::toString);
  }

  @Test
  void replay_ofAStackThatEnds_endsSo() throws Exception {
    Space space = guests.open("traps");
    for (String function : List.of("recurse", "recurse_indirectly")) {
      Ending ending = again(space, function);
      assertEquals(new CallOutcome.Trapped(TrapKind.STACK_EXHAUSTED), ending.outcome());
      assertTrue(ending.notes().stack.size() > 1_000, () -> "it was deep");
    }
  }

  /** Calls that take no stack are none that the guest is in. */
  @Test
  void replay_ofCallsThatTakeNoStack_takesNone() throws Exception {
    Space space = guests.open("tail_calls");
    for (String function : List.of("trap_deep", "trap_null", "trap_type")) {
      Ending ending = again(space, function, 50);
      assertTrue(ending.outcome() instanceof CallOutcome.Trapped, function);
      assertTrue(ending.notes().stack.size() <= 3, () -> function + ending.notes().stack);
      assertTrue(ending.notes().lines.size() > 100, function);
    }
  }

  @Test
  void replay_ofACallThatWasStopped_isStopped() throws Exception {
    guests.timeoutMillis = 5;
    for (String guest : List.of("spin_loop", "spin_mutual", "spin_host", "spin_grow")) {
      Ending ending = again(guests.open(guest), "spin");
      assertEquals(new CallOutcome.TimedOut(), ending.outcome(), guest);
    }
  }

  /** As a person may take his time over each step. */
  @Test
  void tracer_thatTakesLong_takesNoneOfTheCallsTime() throws Exception {
    Space space = guests.open("traps");
    CallOutcome outcome = guests.call(space, "unreachable");
    RecordedCall trapped = call(guests, "unreachable", new byte[0], outcome);
    var hurried =
        new RecordedCall(
            "unreachable",
            new long[0],
            new byte[0],
            "",
            Map.of(),
            new CallLimits(1_000, 1, 1, 1),
            trapped.memoryBytes(),
            trapped.room(),
            WorldRecording.EMPTY,
            new CallOutcome.TimedOut());
    try (CallReplay replay = CallReplay.of(hurried, space.save(), modules(space))) {
      var slow =
          new FunctionTracer() {
            private boolean hasSlept;

            @Override
            public void entered(int function, String types, long[] arguments) {
              if (!hasSlept) {
                hasSlept = true;
                sleep(1_500);
              }
            }

            @Override
            public void left(int function, String types, long @Nullable [] results) {}
          };
      assertEquals(outcome, replay.run(slow, (level, line) -> {}));
    }
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** A script's message has in it what it saw of clocks and random numbers. */
  @Test
  void replay_seesTheSameTimeAndTheSameRandomNumbers() throws Exception {
    String text =
        """
        export function look(n) {
          console.log("looks");
          const seen = [];
          for (let i = 0; i < 12; i++) seen.push(Date.now(), Math.random());
          throw new Error(seen.join(" "));
        }
        """;
    Space space =
        guests.open(
            GuestFixture.compile(
                ScriptFiles.of(Map.of("s.js", text.getBytes(UTF_8))), guests.runtime));
    Ending ending = again(space, "look");
    String said = ending.outcome() instanceof CallOutcome.Failed(String message) ? message : "";
    assertTrue(said.split(" ", -1).length >= 24, ending.outcome()::toString);
    assertEquals("looks", ending.log().getFirst(), said);
    assertTrue(ending.notes().lines.size() > 100, () -> "its engine is traced");
  }

  @Test
  void replay_ofEveryOtherFailure_endsSo() throws Exception {
    Space greedy = guests.open("greedy");
    again(greedy, "fail", 100);
    again(greedy, "output", 33, 65_536);
    again(greedy, "events", 257, 1);
    again(greedy, "timers", GuestFixture.TIMERS + 1, 1);
    again(greedy, "touch", 2);
    again(guests.open("wasi_probe"), "quit", 7);
  }

  /** What the server didn't have isn't there again. */
  @Test
  void replay_ofWantOfMemory_wantsIt() throws Exception {
    try (var small = new GuestFixture(8L << 20)) {
      small.loop.record();
      CallOutcome outcome = CallOutcome.Committed.INSTANCE;
      for (int i = 0; outcome.committed(); i++) {
        Space space = small.open("greedy");
        assertEquals(1, small.result(space, "grow", 30));
        SessionState before = space.save();
        outcome = small.call(space, "random", 1, 1_900_000);
        if (!outcome.committed()) {
          assertEquals(new CallOutcome.Trapped(TrapKind.OUT_OF_MEMORY), outcome, "space " + i);
          assertEquals(before, space.save());
          RecordedCall call = call(small, "random", new byte[0], outcome, 1, 1_900_000);
          replay(space, call, before);
        }
      }
    }
  }

  @Test
  void replay_withoutTheModule_saysSo() {
    Space space = guests.open("traps");
    CallOutcome outcome = guests.call(space, "unreachable");
    RecordedCall call = call(guests, "unreachable", new byte[0], outcome);
    ModuleRefused missing =
        assertThrows(ModuleRefused.class, () -> CallReplay.of(call, space.save(), Map.of()));
    assertTrue(String.valueOf(missing.getMessage()).contains("isn't there"), missing::toString);
  }

  @Test
  void recording_tooMany_isCutAndSaysSo() {
    Space space = guests.open("spin_host");
    guests.timeoutMillis = 50;
    guests.call(space, "spin");
    WorldRecording recording = guests.loop.recording();
    assertTrue(recording.unixNanos().length <= WorldRecording.MOST_READINGS);
    assertEquals(
        recording.unixNanos().length < WorldRecording.MOST_READINGS
            && recording.monotonicNanos().length < WorldRecording.MOST_READINGS,
        recording.isWhole());
  }
}
