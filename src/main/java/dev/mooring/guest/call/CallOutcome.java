package dev.mooring.guest.call;

/**
 * How a call ended. Only {@link Committed} leaves a trace in the space; the {@link Invocation}'s
 * output, events and timer changes count only then.
 */
public sealed interface CallOutcome {
  /** Whether the call left its trace in the space. */
  default boolean committed() {
    return this instanceof Committed;
  }

  /**
   * The function returned, or called {@code proc_exit(0)} and owed no result; its results are in
   * the invocation.
   */
  record Committed() implements CallOutcome {
    /** The only one that is needed: the ordinary end of a call allocates nothing. */
    public static final Committed INSTANCE = new Committed();
  }

  /** The guest did what WebAssembly forbids. */
  record Trapped(TrapKind kind) implements CallOutcome {}

  /** The guest ended the call itself, with {@code fail} and a message for the client. */
  record Failed(String message) implements CallOutcome {}

  /** The guest called WASI's {@code proc_exit}, with another status than 0 or owing a result. */
  record Exited(int status) implements CallOutcome {}

  /** The call ran past its deadline and was stopped. */
  record TimedOut() implements CallOutcome {}

  /** The guest wrote more than a call may. */
  record OverLimit(Limit limit, long maximum) implements CallOutcome {}

  /** What a call may have too much of. */
  enum Limit {
    /** In bytes. */
    OUTPUT,
    EVENTS,
    /** Set at a time, in a session. */
    TIMERS,
    /** Setting and clearing them, in a call. */
    TIMER_CHANGES
  }
}
