package dev.mooring.session;

import dev.mooring.capsule.CapsuleWriter;
import dev.mooring.guest.ExportedFunction;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.Space;
import dev.mooring.guest.SpaceRefused;
import dev.mooring.guest.call.CallLimits;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.guest.call.Invocation;
import dev.mooring.guest.call.RecordedCall;
import dev.mooring.state.SessionState;
import dev.mooring.state.StateChange;
import dev.mooring.state.StateException;
import org.jspecify.annotations.Nullable;

/**
 * The instance that is a session's own: all that runs in its space, which are calls, timers and
 * hooks, each in the loop's invocation and within the session's limits. What a call did to the
 * outside is there to be delivered when it has committed, until the next call.
 *
 * <p>It is one loop's. Taken down to a value ({@link #save}), it is made anew on any other ({@link
 * #restore}).
 *
 * <p>Event loop only; whoever runs anything here has a turn.
 */
final class Instance {
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long[] NO_ARGUMENTS = {};

  private final SessionLoop home;
  private final GuestModule module;
  private final Space space;
  private final CallLimits limits;
  private final GuestLogger log;
  private final SessionTimers timers;
  private boolean setsTimers = true;

  private Instance(
      SessionLoop home,
      GuestModule module,
      Space space,
      CallLimits limits,
      GuestLogger log,
      SessionTimers timers) {
    this.home = home;
    this.module = module;
    this.space = space;
    this.limits = limits;
    this.log = log;
    this.timers = timers;
  }

  /**
   * Opens an instance, which runs the guest: its initialisation if that is each session's, and
   * {@code mooring_open}.
   *
   * @param onDue run when a timer has become due
   * @throws SpaceRefused if there is no memory for it, or the guest failed
   */
  static Instance open(
      SessionLoop home, GuestModule module, SessionTerms terms, Runnable onDue, long now)
      throws SpaceRefused {
    GuestLogger log = home.loggerOf(terms);
    var timers = new SessionTimers(home.loop(), onDue);
    CallLimits limits = terms.limits().callLimits();
    Invocation invocation = home.invocation();
    boolean opened = false;
    try {
      invocation.begin(limits, timers, limits.timeoutMillis(), now);
      Space space =
          home.guests()
              .open(
                  module,
                  new GuestEnvironment(terms.config(), log),
                  terms.limits().memoryBytes(),
                  invocation);
      opened = true;
      return new Instance(home, module, space, limits, log, timers);
    } finally {
      if (!opened) {
        log.end();
      }
    }
  }

  /**
   * Makes an instance of what a record says, which was taken here or on another loop. No guest code
   * runs; timers whose time came meanwhile are due.
   *
   * @throws StateException if the state is none of the module's
   * @throws SpaceRefused if there is no memory for it
   */
  static Instance restore(
      SessionLoop home, GuestModule module, SessionRecord record, Runnable onDue)
      throws StateException, SpaceRefused {
    SessionTerms terms = record.terms();
    GuestLogger log = home.loggerOf(terms);
    boolean restored = false;
    try {
      Space space =
          home.guests()
              .restore(
                  module,
                  record.state(),
                  new GuestEnvironment(terms.config(), log),
                  terms.limits().memoryBytes());
      restored = true;
      var timers = new SessionTimers(home.loop(), onDue);
      // Both times are rounded down, so it may be a millisecond less; and no timer is ever early.
      long passedMillis = home.loop().currentTimeMillis() - record.takenMillis() - 1;
      timers.restore(record.state().timers(), passedMillis);
      return new Instance(home, module, space, terms.limits().callLimits(), log, timers);
    } finally {
      if (!restored) {
        log.end();
      }
    }
  }

  /** What it is now, between two calls: its guest's state and its timers. */
  SessionState save() {
    return space.save().withTimers(timers.save());
  }

  /** As {@link #save}; and from now on what changes is noted, for {@link #takeChange}. */
  SessionState saveAndNote() {
    return space.saveAndNote().withTimers(timers.save());
  }

  /** What has changed since it was last asked; null if all that there is should be saved. */
  @Nullable StateChange takeChange() {
    StateChange change = space.takeChange();
    return change != null && timers.isChanged() ? change.withTimers(timers.save()) : change;
  }

  /**
   * Runs a call that waited.
   *
   * @param now the time is this, or earlier: from here on it counts for the call's deadline
   */
  CallOutcome call(CallQueue.Entry call, ExportedFunction function, long now) {
    long millisLeft =
        call.deadlineNanos == CallQueue.NO_DEADLINE
            ? Integer.MAX_VALUE
            : Math.max(1, (call.deadlineNanos - now) / NANOS_PER_MILLI);
    Invocation invocation = home.invocation();
    invocation.begin(limits, timers, (int) Math.min(millisLeft, Integer.MAX_VALUE), now);
    invocation.input(call.input, call.inputIndex, call.inputLength);
    if (call.trace != null) {
      invocation.traceparent(call.trace.text());
    }
    return space.call(function, call.arguments, invocation);
  }

  /** What a timer that is due calls; null if the module has nothing for it to call. */
  @Nullable ExportedFunction timerHook() {
    return module.timerHook();
  }

  CallOutcome timer(ExportedFunction hook, int timer, long now) {
    return runHook(hook, new long[] {timer}, now);
  }

  /** Lets the guest know that its session ends, if it wants to: null if not. */
  @Nullable CallOutcome sayGoodbye(long now) {
    ExportedFunction hook = module.closeHook();
    return hook == null ? null : runHook(hook, NO_ARGUMENTS, now);
  }

  private CallOutcome runHook(ExportedFunction hook, long[] arguments, long now) {
    Invocation invocation = home.invocation();
    invocation.begin(limits, timers, limits.timeoutMillis(), now);
    return space.call(hook, arguments, invocation);
  }

  /** Has a capsule made of the last call, which has failed: what the instance is was before it. */
  void writeCapsule(
      CapsuleWriter capsules,
      SessionTerms terms,
      ExportedFunction function,
      long[] arguments,
      CallOutcome outcome) {
    Invocation invocation = home.invocation();
    byte[] input = new byte[invocation.inputLength()];
    invocation.input().getBytes(invocation.inputIndex(), input);
    int timeoutMillis = (int) (invocation.durationNanos() / NANOS_PER_MILLI);
    var call =
        new RecordedCall(
            function.name(),
            arguments.clone(),
            input,
            invocation.traceparent(),
            terms.config(),
            new CallLimits(timeoutMillis, limits.outputBytes(), limits.events(), limits.timers()),
            terms.limits().memoryBytes(),
            home.guests().room(),
            home.guests().recording(),
            outcome);
    capsules.write(
        terms.id(), terms.module(), module, call, save(), home.loop().currentTimeMillis());
  }

  /** Delivers what the last call did to the outside: its events, and the timers that it set. */
  void deliverEffects(OutputGate gate) {
    Invocation invocation = home.invocation();
    for (int i = 0; i < invocation.eventCount(); i++) {
      int start = invocation.eventStart(i);
      gate.event(invocation.events(), start, invocation.eventEnd(i) - start);
    }
    if (setsTimers) {
      timers.apply(invocation);
    }
  }

  boolean hasDueTimer() {
    return timers.hasDue();
  }

  /** Takes the timer that has been due longest, or null. */
  @Nullable Integer pollDueTimer() {
    return timers.pollDue();
  }

  int timerCount() {
    return timers.count();
  }

  /** The memory's size, in pages of 64 KiB. */
  int memoryPages() {
    return space.memoryPages();
  }

  /** What is held of its memory, in bytes. */
  long heldBytes() {
    return space.heldBytes();
  }

  /** In which KiB of its memory it differs from its module's image, in rising order. */
  int[] changedKib() {
    return space.changedKib();
  }

  /** From now on no timer runs, and none is set. */
  void stopTimers() {
    setsTimers = false;
    timers.clear();
  }

  /** Whether the guest may have a line more; for what is said of it, and not to its client. */
  boolean mayLog() {
    return log.mayLog();
  }

  /**
   * The guest's words as they may stand in such a line, which counts as the guest's.
   *
   * @param name of what the line names beside session and tenant
   */
  String written(String words, String name) {
    return log.written(words, name);
  }

  /**
   * Ends it.
   *
   * @return what it held, in bytes
   */
  long close() {
    timers.clear();
    long heldBytes = home.guests().heldBytes();
    try {
      space.close();
    } finally {
      log.end();
    }
    return heldBytes - home.guests().heldBytes();
  }
}
