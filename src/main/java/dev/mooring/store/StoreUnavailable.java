package dev.mooring.store;

import org.jspecify.annotations.Nullable;

/** A store that can't be had for now, and will be again by itself. */
public final class StoreUnavailable extends StoreException {
  private static final long serialVersionUID = 1;

  /** For whoever implements a store. */
  public StoreUnavailable(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
