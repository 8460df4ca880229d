package dev.mooring.cli.module;

import dev.mooring.guest.ExportedFunction;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.ModuleRefused;
import dev.mooring.guest.compile.LargeFunction;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/** What came of compiling and initialising a module as a server does. */
sealed interface Trial {
  /**
   * It runs.
   *
   * @param preinitialised whether its initialisation ran once for all sessions, or has to run in
   *     each
   * @param largeFunctions those that may never be compiled by the JIT, the largest first
   * @param exports the names of what clients may call
   */
  record Compiled(boolean preinitialised, List<LargeFunction> largeFunctions, List<String> exports)
      implements Trial {}

  /** It passed the intake, and yet it can't run. */
  record Refused(String message) implements Trial {}

  /** Guests and the compiler recurse deeper than an ordinary thread's stack allows. */
  long STACK_BYTES = 16L << 20;

  /** Compiles a module, on a thread made for it. */
  static Trial of(byte[] bytes) throws InterruptedException {
    var outcome = new AtomicReference<Trial>(new Refused("the compiler failed"));
    var thread =
        new Thread(null, () -> outcome.set(compile(bytes)), "mooring-compile", STACK_BYTES);
    thread.start();
    thread.join();
    return Objects.requireNonNull(outcome.get());
  }

  private static Trial compile(byte[] bytes) {
    try (var runtime = new GuestRuntime(GuestRuntime.defaultBudgetBytes())) {
      GuestModule module = GuestModule.compile(bytes, ModuleOptions.DEFAULTS, runtime);
      List<String> exports = module.exports().stream().map(ExportedFunction::name).toList();
      return new Compiled(module.preinitialised(), module.largeFunctions(), exports);
    } catch (ModuleRefused e) {
      return new Refused(String.valueOf(e.getMessage()));
    }
  }
}
