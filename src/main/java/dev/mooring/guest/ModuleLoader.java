package dev.mooring.guest;

import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import dev.mooring.guest.ModuleRefused.Lack;
import dev.mooring.guest.intake.Intake;
import dev.mooring.guest.intake.ModuleSummary;
import io.netty.buffer.ByteBufAllocator;
import java.io.ByteArrayInputStream;
import java.security.SecureRandom;
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

  private ModuleLoader() {}

  static GuestModule load(
      byte[] bytes, ModuleOptions options, GuestRuntime runtime, InterruptionCheck check)
      throws ModuleRefused {
    try {
      ModuleSummary summary = Intake.examine(bytes, options.limits());
      WasmModule wasm = parse(bytes);
      int start = wasm.startSection().map(section -> (int) section.startIndex()).orElse(-1);
      Exports exports = Exports.of(summary, start);
      String digest = GuestModule.digest(bytes);
      DeclaredStore declared = DeclaredStore.of(wasm);
      CompiledModule compiled =
          ModuleCompiler.compile(
              wasm,
              "M" + digest.substring(digest.indexOf(':') + 1, digest.indexOf(':') + 13),
              options.layout(),
              HostLinks.resolve(wasm),
              exports.entrances(),
              declared,
              check);
      var uninitialised =
          new GuestModule(
              digest, summary, exports, compiled, declared.image(), false, options.limits());
      StoreImage image = initialise(uninitialised, exports, options, runtime);
      return image == null
          ? uninitialised
          : new GuestModule(digest, summary, exports, compiled, image, true, options.limits());
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
   * Leaves custom sections unread. For the section of names Chicory 1.7.5 takes quadratic time if
   * they aren't sorted, 5 s for a module of 2 MB, and it refuses names that are no Java
   * identifiers, although a module is valid whatever they are.
   */
  private static WasmModule parse(byte[] bytes) {
    return Parser.builder()
        .withCustomParsers(Map.of())
        .build()
        .parse(() -> new ByteArrayInputStream(bytes));
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
    var calls = new HostCalls(new SecureRandom());
    var lane = new Lane();
    var pool = new PagePool(runtime.budget(), module.layout().bufferBytes(), 0);
    var processor = new Processor(module, pool, lane, calls, (closed, space) -> {});
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
          System.nanoTime());
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
