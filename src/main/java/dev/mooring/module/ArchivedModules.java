package dev.mooring.module;

import dev.mooring.guest.GuestModule;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.ModuleRefused;
import dev.mooring.guest.PortableModule;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The modules of stored sessions whose files have gone, or of which the image comes out otherwise
 * by now. As long as a session has one it is not compiled again.
 *
 * <p>Compile threads; one at a time gets an answer.
 */
final class ArchivedModules {
  private final ModuleArchive archive;
  private final Restorer restorer;
  private final Map<String, WeakReference<GuestModule>> inUse = new HashMap<>();

  /** Makes modules of what is kept of them. */
  interface Restorer {
    GuestModule restore(
        String key, byte[] portable, ModuleOptions options, PortableModule.Engines engines)
        throws ModuleRefused;
  }

  ArchivedModules(ModuleArchive archive, Restorer restorer) {
    this.archive = archive;
    this.restorer = restorer;
  }

  /**
   * The module that is kept under a key; null if there is none.
   *
   * @throws IOException if it can't be read
   * @throws ModuleRefused if it can't be had
   */
  synchronized @Nullable GuestModule find(String key, ModuleOptions options)
      throws IOException, ModuleRefused {
    inUse.values().removeIf(known -> known.get() == null);
    WeakReference<GuestModule> known = inUse.get(key);
    GuestModule module = known == null ? null : known.get();
    if (module != null) {
      return module;
    }
    byte[] portable = archive.bytes(key);
    if (portable == null) {
      return null;
    }
    GuestModule restored =
        restorer.restore(key, portable, options, engine -> engine(engine, options));
    inUse.put(key, new WeakReference<>(restored));
    return restored;
  }

  private GuestModule engine(String key, ModuleOptions options) throws ModuleRefused {
    GuestModule engine;
    try {
      engine = find(key, options);
    } catch (IOException e) {
      throw new ModuleRefused("ran in an engine that can't be read: " + e.getMessage());
    }
    if (engine == null) {
      throw new ModuleRefused("ran in an engine that isn't kept any more, " + key);
    }
    return engine;
  }
}
