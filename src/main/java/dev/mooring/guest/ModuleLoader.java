package dev.mooring.guest;

import dev.mooring.guest.ModuleRefused.Lack;
import dev.mooring.guest.call.CallLimits;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.guest.call.Invocation;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.compile.CompiledModule;
import dev.mooring.guest.compile.InterruptionCheck;
import dev.mooring.guest.compile.ModuleCompiler;
import dev.mooring.guest.deadline.Lane;
import dev.mooring.guest.intake.Intake;
import dev.mooring.guest.intake.ModuleSummary;
import dev.mooring.guest.machine.CompiledFunction;
import dev.mooring.guest.machine.HostCalls;
import dev.mooring.guest.machine.World;
import dev.mooring.guest.memory.PagePool;
import dev.mooring.guest.memory.Windows;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link GuestModule} of bytes: examines them, compiles, and initialises once for all
 * sessions, if the module lets that be done.
 *
 * <p>Compile thread.
 */
final class ModuleLoader {
  private static final GuestEnvironment NOBODY =
      new GuestEnvironment(Map.of(), (level, message) -> {});
  private static final long[] NO_ARGUMENTS = {};

  /** Initialisation runs without a session; what it sends or logs makes it impure, and is lost. */
  private static final int INITIALIZE_OUTPUT_BYTES = 1 << 20;

  private static final int INITIALIZE_EVENTS = 1_024;

  /** Whose the space is that is initialised. */
  private static final Processor.Owner NOBODYS =
      new Processor.Owner() {
        @Override
        public void runs(Space space) {}

        @Override
        public void closed(Space space) {}
      };

  private ModuleLoader() {}

  static GuestModule load(
      byte[] bytes, ModuleOptions options, GuestRuntime runtime, InterruptionCheck check)
      throws ModuleRefused {
    try {
      ModuleSummary summary = Intake.examine(bytes, options.limits());
      Exports exports = Exports.of(summary);
      String digest = GuestModule.digest(bytes);
      DeclaredStore declared = DeclaredStore.of(summary, bytes);
      CompiledModule compiled =
          ModuleCompiler.compile(
              bytes,
              "M" + digest.substring(digest.indexOf(':') + 1, digest.indexOf(':') + 13),
              summary.imports(),
              exports.entrances(),
              check);
      var uninitialised =
          new GuestModule(
              bytes,
              digest,
              summary,
              exports,
              compiled,
              declared,
              declared.image(),
              false,
              options.limits());
      StoreImage image = initialise(uninitialised, exports, options, runtime);
      return image == null
          ? uninitialised
          : new GuestModule(
              bytes, digest, summary, exports, compiled, declared, image, true, options.limits());
    } catch (RuntimeException | Error e) { // Whatever a hostile module made of the engine.
      throw Refusals.of(e);
    }
  }

  /** What the server lacked if an initialisation ended so. */
  private static Lack lack(CallOutcome outcome) {
    return switch (outcome) {
      case CallOutcome.Trapped(TrapKind kind) when kind == TrapKind.OUT_OF_MEMORY -> Lack.MEMORY;
      case CallOutcome.TimedOut t -> Lack.TIME;
      default -> Lack.NONE;
    };
  }

  /**
   * The state after initialisation, or null if that is not the same for every session.
   *
   * @throws ModuleRefused if initialisation fails; it would for every session, unless the server
   *     lacked something
   */
  private static @Nullable StoreImage initialise(
      GuestModule module, Exports exports, ModuleOptions options, GuestRuntime runtime)
      throws ModuleRefused {
    List<CompiledFunction> functions = exports.initialisation(module.compiled());
    if (functions.isEmpty()) {
      return module.image();
    }
    var calls =
        new HostCalls(
            World.forAll(runtime.clock(), module.digest(), module.summary().fixedInputs()));
    var lane = new Lane();
    var windows = new Windows(runtime.budget());
    var pool = new PagePool(runtime.budget(), windows, 0);
    var processor = new Processor(module, pool, windows, lane, calls, NOBODYS);
    runtime.watchdog().watch(lane);
    try (var invocation =
            new Invocation(
                ByteBufAllocator.DEFAULT.heapBuffer(), ByteBufAllocator.DEFAULT.heapBuffer());
        Space space = processor.open(NOBODY, options.limits().memoryPages())) {
      invocation.begin(
          new CallLimits(
              options.initializeMillis(),
              INITIALIZE_OUTPUT_BYTES,
              INITIALIZE_EVENTS,
              INITIALIZE_EVENTS),
          Invocation.ActiveTimers.NONE,
          options.initializeMillis(),
          runtime.clock().nanoTime());
      CallOutcome outcome =
          processor.run(
              space,
              functions.toArray(new CompiledFunction[0]),
              NO_ARGUMENTS,
              NO_ARGUMENTS,
              invocation);
      if (calls.touchedWorld()) {
        return null;
      }
      if (!outcome.committed()) {
        throw new ModuleRefused("can't be initialised: " + reason(outcome, options), lack(outcome));
      }
      return processor.snapshot();
    } finally {
      runtime.watchdog().unwatch(lane);
      windows.clear();
      pool.trim();
    }
  }

  private static String reason(CallOutcome outcome, ModuleOptions options) {
    return switch (outcome) {
      case CallOutcome.Trapped(TrapKind kind) -> "it trapped: " + kind.description();
      case CallOutcome.Failed(String message) -> "it failed: " + message;
      case CallOutcome.Exited(int status) -> "it ended with proc_exit(" + status + ")";
      case CallOutcome.TimedOut t -> "it ran for more than " + options.initializeMillis() + " ms";
      case CallOutcome.OverLimit limit -> "it exceeded a limit: " + limit;
      case CallOutcome.Committed c -> throw new IllegalArgumentException("it was initialised");
    };
  }
}
