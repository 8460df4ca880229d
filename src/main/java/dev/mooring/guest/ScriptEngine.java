package dev.mooring.guest;

import dev.mooring.guest.compile.InterruptionCheck;
import dev.mooring.guest.intake.IntakeLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine that runs scripts: a guest as any other, which is compiled when the first script is
 * loaded, and shared by all of them.
 *
 * <p>Thread-safe; for compile threads, as the first one compiles it.
 */
final class ScriptEngine {
  private static final Logger LOG = LoggerFactory.getLogger(ScriptEngine.class);
  private static final String ENGINE = "engine.wasm";

  /** A script that does a little of everything, before the JIT compiles the engine's loop. */
  private static final String WARM_UP = "warmup.js";

  private static final ModuleOptions OPTIONS = new ModuleOptions(IntakeLimits.DEFAULTS, 30_000);

  private @Nullable GuestModule module;

  /**
   * The engine, in which no script has been read.
   *
   * @throws ModuleRefused if there is no memory for it now
   */
  synchronized GuestModule module(GuestRuntime runtime) throws ModuleRefused {
    if (module == null) {
      module = ModuleLoader.load(resource(ENGINE), OPTIONS, runtime, InterruptionCheck.SWITCH);
      warmUp(module, runtime);
    }
    return module;
  }

  private static void warmUp(GuestModule engine, GuestRuntime runtime) {
    byte[] script = ScriptFiles.of(Map.of(WARM_UP, resource(WARM_UP)));
    try {
      ScriptLoader.load(script, engine, OPTIONS, runtime);
    } catch (ModuleRefused e) { // For want of memory, say: scripts run all the same.
      LOG.atWarn().log("the engine of scripts isn't warm: {}", e.getMessage());
    }
  }

  private static byte[] resource(String name) {
    try (InputStream in = ScriptEngine.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("this build has no " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
