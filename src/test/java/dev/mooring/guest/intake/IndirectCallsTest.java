package dev.mooring.guest.intake;

import static dev.mooring.guest.intake.WasmBuilder.F64;
import static dev.mooring.guest.intake.WasmBuilder.FUNCREF;
import static dev.mooring.guest.intake.WasmBuilder.I32;
import static dev.mooring.guest.intake.WasmBuilder.I64;
import static dev.mooring.guest.intake.WasmBuilder.bytes;
import static dev.mooring.guest.intake.WasmBuilder.constant;
import static dev.mooring.guest.intake.WasmBuilder.join;
import static dev.mooring.guest.intake.WasmBuilder.leb;
import static dev.mooring.guest.intake.WasmBuilder.repeat;
import static dev.mooring.guest.intake.WasmBuilder.vector;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.EveryExport;
import dev.mooring.guest.ExportedFunction;
import dev.mooring.guest.GuestLoop;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.ModuleRefused;
import dev.mooring.guest.Space;
import dev.mooring.guest.SpaceRefused;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.guest.call.Invocation;
import dev.mooring.guest.intake.ModuleRejection.Reason;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the JVM's own limits make of calls: slots of parameters, and cases of one method. */
class IndirectCallsTest {
  private static final GuestEnvironment NOBODY =
      new GuestEnvironment(Map.of(), (level, message) -> {});

  @Test
  void parameters_inAllSlotsThereAre_arriveByEachWay() throws ModuleRefused, SpaceRefused {
    byte[] params = join(bytes(I32), repeat(125, bytes(I64)));
    byte[] wasm = passing(params);
    assertEquals(7 + 125, call(wasm, "direct"));
    assertEquals(7 + 125, call(wasm, "indirect"));
    long[] arguments = new long[126];
    arguments[0] = 5;
    arguments[125] = 1L << 40;
    assertEquals(5 + (1L << 40), call(wasm, "callee", arguments));
  }

  @Test
  void parameters_inOneSlotMore_areRefusedByThatLimit() {
    Modules.assertRefused(
        Reason.TOO_MANY_PARAMETERS,
        passing(join(bytes(I32, I32), repeat(125, bytes(I64)))),
        "252 slots",
        "the limit is 251");
    Modules.assertRefused(
        Reason.TOO_MANY_PARAMETERS, passing(join(bytes(I32), repeat(126, bytes(F64)), bytes(I64))));
    Modules.accepted(passing(join(bytes(I32), repeat(249, bytes(I32)), bytes(FUNCREF))));
  }

  /** {@code callee} adds its first parameter and, if it is an i64, its last. */
  private static byte[] passing(byte[] params) {
    var wasm = new WasmBuilder().table(FUNCREF, 1);
    int type = wasm.type(params, bytes(I64));
    int result = wasm.type(Modules.NOTHING, bytes(I64));
    var callee = new Body().op(0x20, 0).op(0xAC); // i64.extend_i32_s
    if (params[params.length - 1] == I64) {
      callee.op(0x20, params.length - 1).op(0x7C);
    }
    wasm.function(type, bytes(0), callee.bytes());
    var arguments = new Body();
    for (int i = 0; i < params.length; i++) {
      arguments.value(params[i] & 0xFF, i == 0 ? 7 : i);
    }
    wasm.function(result, bytes(0), new Body().raw(arguments.bytes()).op(0x10, 0).bytes());
    wasm.function(
        result, bytes(0), new Body().raw(arguments.bytes()).i32(0).op(0x11, type, 0).bytes());
    wasm.add(9, join(bytes(0), constant(0), vector(leb(0))));
    return wasm.export("callee", 0, 0).export("direct", 0, 1).export("indirect", 0, 2).build();
  }

  @Test
  void indirect_oneOfMoreFunctionsThanAMethodCalls_isTheOneMeant()
      throws ModuleRefused, SpaceRefused {
    int functions = 5_000;
    var wasm = new WasmBuilder().table(FUNCREF, functions);
    int type = wasm.type(bytes(I64, F64, I32, I64), bytes(I64));
    var all = new byte[functions][];
    for (int i = 0; i < functions; i++) {
      var body = new Body().op(0x20, 0).op(0x20, 3).op(0x7C).i64(i).op(0x7C);
      all[i] = leb(wasm.function(type, bytes(0), body.bytes()));
    }
    wasm.add(9, join(bytes(0), constant(0), vector(all)));
    int run = wasm.type(bytes(I32), bytes(I64));
    var body =
        new Body().i64(1_000_000).f64(1).i32(9).i64(20_000_000).op(0x20, 0).op(0x11, type, 0);
    wasm.export("run", 0, wasm.function(run, bytes(0), body.bytes()));
    byte[] module = wasm.build();
    for (int function : new int[] {0, 1, 1_023, 1_024, 4_095, 4_096, functions - 1}) {
      assertEquals(21_000_000L + function, call(module, "run", function));
    }
  }

  @Test
  void types_thatAreTheSame_costWhatTheirFunctionsCost() {
    var wasm = new WasmBuilder();
    for (int i = 0; i < 2_000; i++) {
      wasm.type(Modules.NOTHING, Modules.NOTHING);
    }
    for (int i = 0; i < 2_000; i++) {
      wasm.function(i);
    }
    Modules.assertRefused(
        Reason.TOO_COSTLY_TO_COMPILE, wasm.build(), "2000 functions", "the limit is 1000000000");
  }

  @Test
  void types_thatDifferOfManyFunctions_costComparisons() {
    var wasm = new WasmBuilder();
    for (int i = 0; i < 6_000; i++) {
      wasm.type(repeat(i % 100, bytes(I32)), repeat(i / 100, bytes(I64)));
    }
    for (int i = 0; i < 6_000; i++) {
      wasm.function(0);
    }
    Modules.assertRefused(Reason.TOO_COSTLY_TO_COMPILE, wasm.build(), "6000 types");
  }

  private static long call(byte[] wasm, String name, long... arguments)
      throws ModuleRefused, SpaceRefused {
    try (var runtime = new GuestRuntime(1 << 20);
        var loop = new GuestLoop(runtime);
        var calls = new EveryExport()) {
      GuestModule module = GuestModule.compile(wasm, ModuleOptions.DEFAULTS, runtime);
      ExportedFunction function = module.export(name);
      assertNotNull(function);
      Invocation invocation = calls.begun();
      try (Space space = loop.open(module, NOBODY, 1 << 20, invocation)) {
        CallOutcome outcome = space.call(function, arguments, calls.begun());
        assertTrue(outcome.committed(), outcome::toString);
        return invocation.results()[0];
      }
    }
  }
}
