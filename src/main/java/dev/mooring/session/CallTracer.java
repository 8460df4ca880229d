package dev.mooring.session;

import org.jspecify.annotations.Nullable;

/** Makes spans of calls that are parts of a trace. Event loops ask it; it must not hold them up. */
public interface CallTracer {
  /**
   * The turn of a call has come whose trace is sampled.
   *
   * @param parent as its client said
   * @param waitedNanos how long it waited for its turn
   * @return null if no span is made of it
   */
  @Nullable TracedCall begin(TraceParent parent, Call call, long waitedNanos);

  /**
   * What is called.
   *
   * @param function its name; empty if the module has none such
   * @param tenant null where nobody is asked who they are
   */
  record Call(long id, String function, String module, String session, @Nullable String tenant) {}

  /** A call that runs, or whose outcome isn't safe yet. Event loop only. */
  interface TracedCall {
    /** The trace, and this span in it: what the guest's own spans belong to. */
    TraceParent context();

    /**
     * It has run.
     *
     * @param problem why it failed; null if it committed
     */
    void ran(@Nullable Problem problem);

    /** What it did is as safe as its session wants it, and its answer may leave. */
    void end();
  }
}
