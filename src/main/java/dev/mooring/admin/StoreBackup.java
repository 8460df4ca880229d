package dev.mooring.admin;

import java.io.IOException;
import java.nio.file.Path;

/** Makes a copy of the store of kept sessions, while it is in use. Thread-safe. */
@FunctionalInterface
public interface StoreBackup {
  /**
   * Makes one. It blocks on the disk, and no event loop waits for it.
   *
   * @return the folder that it is in
   * @throws IOException if there is none, with the reason in the operator's words
   */
  Path make() throws IOException;
}
