package dev.mooring.guest;

import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.machine.CompiledFunction;
import java.util.List;

/**
 * Makes a {@link GuestModule} of a script: an image of the {@link ScriptEngine}, in which the
 * script was read, and in which its top level has run, if that may run once for all sessions. What
 * is compiled is the engine's.
 *
 * <p>Compile thread.
 */
final class ScriptLoader {
  private static final String LOAD = "mooring_script_load";
  private static final String RUN = "mooring_script_run";
  private static final String EXPORTS = "mooring_script_exports";

  private ScriptLoader() {}

  static GuestModule load(byte[] bytes, ModuleOptions options, GuestRuntime runtime)
      throws ModuleRefused {
    ScriptFiles.check(bytes);
    GuestModule engine;
    try {
      engine = runtime.scripts().module(runtime);
    } catch (RuntimeException | Error e) {
      throw Refusals.of(e);
    }
    return load(bytes, engine, options, runtime);
  }

  /** As above, by an engine. */
  static GuestModule load(
      byte[] bytes, GuestModule engine, ModuleOptions options, GuestRuntime runtime)
      throws ModuleRefused {
    try {
      String digest = GuestModule.digest(bytes);
      GuestModule read =
          engine.script(bytes, digest, List.of(), image(engine, bytes, options, runtime), false);
      try (var initialisation = new Initialisation(read, options, runtime)) {
        CallOutcome outcome = initialisation.run(function(engine, RUN));
        if (!outcome.committed()) {
          throw ModuleLoader.refused(outcome, options);
        }
        boolean isPure = !initialisation.touchedWorld();
        StoreImage image = isPure ? initialisation.image() : read.image();
        initialisation.run(function(engine, EXPORTS));
        List<String> exports = initialisation.output().lines().toList();
        GuestModule loaded = engine.script(bytes, digest, exports, image, isPure);
        var _ = loaded.imageDigest(); // Here, and on no event loop.
        return loaded;
      }
    } catch (RuntimeException | Error e) { // Whatever a hostile script made of the engine.
      throw Refusals.of(e);
    }
  }

  /** The engine, when it has read the script and run none of it. */
  private static StoreImage image(
      GuestModule engine, byte[] bytes, ModuleOptions options, GuestRuntime runtime)
      throws ModuleRefused {
    try (var initialisation = new Initialisation(engine, options, runtime)) {
      CallOutcome outcome =
          initialisation.run(function(engine, LOAD), ScriptFiles.forEngine(bytes));
      if (outcome instanceof CallOutcome.Failed(String message)) {
        throw new ModuleRefused("is no script that can run: " + message);
      }
      if (!outcome.committed()) {
        throw ModuleLoader.refused(outcome, options);
      }
      return initialisation.image();
    }
  }

  private static List<CompiledFunction> function(GuestModule engine, String name) {
    return List.of(engine.hook(name));
  }
}
