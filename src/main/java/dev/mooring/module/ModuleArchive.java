package dev.mooring.module;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Modules' bytes beyond their files: whoever stores sessions keeps what they run. Any thread. */
public interface ModuleArchive {
  /** There is none. */
  ModuleArchive EMPTY = digest -> null;

  /**
   * The bytes of this digest; null if there are none.
   *
   * @throws IOException if they can't be read
   */
  byte @Nullable [] bytes(String digest) throws IOException;
}
