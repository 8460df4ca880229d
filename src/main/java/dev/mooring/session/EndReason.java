package dev.mooring.session;

/** Why a session ends, or a conversation: one that never had a session, or whose session stays. */
public sealed interface EndReason {
  /** A short name for logs and counters. */
  String name();

  /** Whether there is nobody who would read a last word: gone, or not reading. */
  default boolean isUnheard() {
    return this instanceof Disconnected
        || (this instanceof Failed(Problem problem) && problem.code() == ErrorCode.WRITE_STALLED);
  }

  /** The client asked for it, or ended its side of the connection, and was served. */
  record ClientClosed() implements EndReason {
    @Override
    public String name() {
      return "CLIENT_CLOSED";
    }
  }

  /** The server said that it would go away, and served what it had promised to. */
  record GoneAway() implements EndReason {
    @Override
    public String name() {
      return "GONE_AWAY";
    }
  }

  /** The client ended its side of the connection and was served; the session stays. */
  record Detached() implements EndReason {
    @Override
    public String name() {
      return "DETACHED";
    }
  }

  /** The connection is gone; there is nobody to tell. */
  record Disconnected() implements EndReason {
    @Override
    public String name() {
      return "DISCONNECTED";
    }
  }

  /** Something that ends the connection; its code is of the connection's or the opening's scope. */
  record Failed(Problem problem) implements EndReason {
    public Failed {
      if (problem.code().scope() == ErrorCode.Scope.CALL) {
        throw new IllegalArgumentException(problem.code() + " ends a call, not a session");
      }
    }

    @Override
    public String name() {
      return problem.code().name();
    }
  }
}
