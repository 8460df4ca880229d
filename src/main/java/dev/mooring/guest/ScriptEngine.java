package dev.mooring.guest;

import dev.mooring.guest.compile.InterruptionCheck;
import dev.mooring.guest.intake.IntakeLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * The engine that runs scripts: a guest as any other, which is compiled when the first script is
 * loaded, and shared by all of them.
 *
 * <p>Thread-safe; for compile threads, as the first one compiles it.
 */
final class ScriptEngine {
  private static final String RESOURCE = "engine.wasm";
  private static final ModuleOptions OPTIONS = new ModuleOptions(IntakeLimits.DEFAULTS, 30_000);

  private @Nullable GuestModule module;

  /**
   * The engine, in which no script has been read.
   *
   * @throws ModuleRefused if there is no memory for it now
   */
  synchronized GuestModule module(GuestRuntime runtime) throws ModuleRefused {
    if (module == null) {
      module = ModuleLoader.load(bytes(), OPTIONS, runtime, InterruptionCheck.SWITCH);
    }
    return module;
  }

  private static byte[] bytes() {
    try (InputStream in = ScriptEngine.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IOException("this build has no " + RESOURCE);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
