package dev.mooring.store;

import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A store that can't be opened, read or written. The message is for whoever runs the server: where,
 * what was wrong, and what was expected. What the database said of it is quoted at its end.
 */
public class StoreException extends IOException {
  private static final long serialVersionUID = 1;

  /** For whoever implements a store. */
  public StoreException(String message) {
    super(message);
  }

  /** The same, with what it comes from; null if that says no more. */
  public StoreException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** There always is one. */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}
