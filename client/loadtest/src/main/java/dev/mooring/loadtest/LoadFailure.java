package dev.mooring.loadtest;

import org.jspecify.annotations.Nullable;

/** There is no result: the load could not be put on the servers at all. */
public final class LoadFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Whose doing it is. */
  public enum Kind {
    /** What was asked for makes no sense, or not on this machine. */
    USAGE,

    /** Nobody listens, or who listens doesn't speak the protocol. */
    NO_SERVER,

    /** The server refused. */
    REFUSED
  }

  private final Kind kind;

  /** The message is one line that says what was wrong and what was expected. */
  public LoadFailure(Kind kind, String message) {
    this(kind, message, null);
  }

  /** As {@link #LoadFailure(Kind, String)}, with what led to it. */
  public LoadFailure(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  static LoadFailure usage(String message) {
    return new LoadFailure(Kind.USAGE, message);
  }
}
