package dev.mooring.module;

import dev.mooring.guest.PortableModule;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Modules beyond their files: whoever stores sessions keeps what they run. Any thread. */
public interface ModuleArchive {
  /** There is none. */
  ModuleArchive EMPTY = key -> null;

  /**
   * What is kept of the module of this {@link PortableModule#key key}; null if nothing is.
   *
   * @throws IOException if they can't be read
   */
  byte @Nullable [] bytes(String key) throws IOException;
}
