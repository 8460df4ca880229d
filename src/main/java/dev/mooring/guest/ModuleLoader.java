package dev.mooring.guest;

import dev.mooring.guest.ModuleRefused.Lack;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.compile.CompiledModule;
import dev.mooring.guest.compile.InterruptionCheck;
import dev.mooring.guest.compile.ModuleCompiler;
import dev.mooring.guest.intake.Intake;
import dev.mooring.guest.intake.ModuleSummary;
import dev.mooring.guest.machine.CompiledFunction;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link GuestModule} of bytes: examines them, compiles, and initialises once for all
 * sessions, if the module lets that be done.
 *
 * <p>Compile thread.
 */
final class ModuleLoader {
  private ModuleLoader() {}

  static GuestModule load(
      byte[] bytes, ModuleOptions options, GuestRuntime runtime, InterruptionCheck check)
      throws ModuleRefused {
    try {
      GuestModule uninitialised = uninitialised(bytes, options, check);
      StoreImage image = initialise(uninitialised, options, runtime);
      GuestModule loaded = image == null ? uninitialised : uninitialised.preinitialised(image);
      var _ = loaded.imageDigest(); // Here, and on no event loop.
      return loaded;
    } catch (RuntimeException | Error e) { // Whatever a hostile module made of the engine.
      throw Refusals.of(e);
    }
  }

  /** Before any of its code has run. */
  static GuestModule uninitialised(byte[] bytes, ModuleOptions options, InterruptionCheck check)
      throws ModuleRefused {
    return uninitialised(bytes, options, check, false);
  }

  /**
   * As above.
   *
   * @param isTraced whether its code tells of each function that it enters and leaves
   */
  static GuestModule uninitialised(
      byte[] bytes, ModuleOptions options, InterruptionCheck check, boolean isTraced)
      throws ModuleRefused {
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
            check,
            isTraced);
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
            options.limits().tableEntries(),
            null);
    compiled.stopSwitch().belongsTo(digest);
    return uninitialised;
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
      GuestModule module, ModuleOptions options, GuestRuntime runtime) throws ModuleRefused {
    List<CompiledFunction> functions = module.initialisation();
    if (functions.isEmpty()) {
      return module.image();
    }
    try (var initialisation = new Initialisation(module, options, runtime)) {
      CallOutcome outcome = initialisation.run(functions);
      if (initialisation.touchedWorld()) {
        return null;
      }
      if (!outcome.committed()) {
        throw refused(outcome, options);
      }
      return initialisation.image();
    }
  }

  /** That a module isn't let in, as its initialisation ended so. */
  static ModuleRefused refused(CallOutcome outcome, ModuleOptions options) {
    return new ModuleRefused("can't be initialised: " + reason(outcome, options), lack(outcome));
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
