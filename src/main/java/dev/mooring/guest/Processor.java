package dev.mooring.guest;

import dev.mooring.guest.call.CallEnded;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.guest.call.GuestTrap;
import dev.mooring.guest.call.Invocation;
import dev.mooring.guest.call.Traps;
import dev.mooring.guest.deadline.CallStopped;
import dev.mooring.guest.deadline.Lane;
import dev.mooring.guest.machine.CompiledFunction;
import dev.mooring.guest.machine.GuestMachine;
import dev.mooring.guest.machine.GuestTable;
import dev.mooring.guest.machine.HostCalls;
import dev.mooring.guest.memory.GuestMemory;
import dev.mooring.guest.memory.PagePool;
import dev.mooring.guest.memory.Segments;
import dev.mooring.guest.memory.Windows;
import dev.mooring.state.SessionState;
import dev.mooring.state.StateChange;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One thread's engine for one module: it runs whichever space is loaded. There are as many as event
 * loops times modules, whatever the number of sessions.
 *
 * <p>A space stays loaded after its call, until another one's call.
 *
 * <p>One thread: an event loop, or a compile thread while the module is initialised.
 */
final class Processor {
  /** Whoever made a processor, and is told what becomes of its spaces. */
  interface Owner {
    /** A space is about to run, and may take more room than one at rest. */
    void runs(Space space);

    /** A space has been closed. */
    void closed(Space space);
  }

  private final GuestModule module;
  private final Owner owner;
  private final StoreImage image;
  final GuestMemory memory;
  final GuestMachine machine;
  private final Windows windows;
  private final Lane lane;
  private final HostCalls calls;
  private final int[] mutableGlobals;
  private final boolean[] mutableTables;
  private final boolean mutableSegments;

  /** The place of the guest's stack pointer among the mutable globals; negative if unknown. */
  private final int stackPointer;

  private @Nullable Space loaded;
  private int liveSpaces;
  private int usedAt;

  Processor(
      GuestModule module, PagePool pool, Windows windows, Lane lane, HostCalls calls, Owner owner) {
    this.module = module;
    this.owner = owner;
    this.image = module.image();
    this.windows = windows;
    this.lane = lane;
    this.calls = calls;
    DeclaredStore declared = module.declared();
    mutableGlobals = declared.mutable().globals();
    mutableTables = declared.mutable().tables();
    mutableSegments = declared.mutable().segments();
    stackPointer = Arrays.binarySearch(mutableGlobals, module.summary().linked().stackPointer());
    var segments = new Segments(declared.data(), declared.elements(), image.droppedSegments());
    memory = new GuestMemory(image.memory(), segments, pool, windows);
    var tables = new GuestTable[image.tables().length];
    for (int i = 0; i < tables.length; i++) {
      tables[i] =
          new GuestTable(
              module.summary().tables().get(i).maximum(),
              image.tables()[i],
              tables,
              module.maxTableEntries(),
              pool);
    }
    machine = new GuestMachine(image.globals(), tables, segments, calls);
  }

  GuestModule module() {
    return module;
  }

  /**
   * A space that is the module's image still.
   *
   * @param allowedPages how far its memory may grow, in pages of 64 KiB; the image's size at least
   */
  Space open(GuestEnvironment environment, long allowedPages) {
    liveSpaces++;
    usedAt = windows.now();
    return new Space(this, environment, memory.newSpace(module.memoryLimitPages(allowedPages)));
  }

  /**
   * Puts a new space into a state that fits the module, as {@link StateFit} has found. No guest
   * code runs.
   *
   * @throws GuestTrap if there is no memory for all of it; the space can only be closed then
   */
  void restore(Space space, SessionState state) {
    memory.restore(space.memory, state);
    restoreTables(space, state);
    restoreGlobals(space, state);
    long[] dropped = state.droppedSegments();
    if (dropped.length > 0) {
      space.droppedSegments = dropped;
    }
  }

  private void restoreGlobals(Space space, SessionState state) {
    if (state.globalCount() == 0) {
      return;
    }
    long[] own = new long[mutableGlobals.length];
    for (int i = 0; i < own.length; i++) {
      own[i] = image.globals()[mutableGlobals[i]];
    }
    for (int i = 0; i < state.globalCount(); i++) {
      int global = state.globalIndex(i);
      own[Arrays.binarySearch(mutableGlobals, global)] =
          StateFit.value(module, global, state.globalBits(i));
    }
    space.globals = own;
  }

  private void restoreTables(Space space, SessionState state) {
    if (state.tableCount() == 0) {
      return;
    }
    int[][] own = new int[mutableTables.length][];
    space.tables = own;
    for (int i = 0; i < state.tableCount(); i++) {
      int table = state.tableIndex(i);
      own[table] = machine.tables[table].own(state.tableEntries(i));
    }
  }

  /** What a space is now, between two calls. */
  SessionState save(Space space) {
    calls.checkIdle();
    var state =
        new SessionState.Builder(module.digest(), module.imageDigest(), space.memory.sizePages());
    memory.save(space.memory, state);
    saveGlobals(space, state);
    saveTables(space, state);
    saveSegments(space, state);
    return state.build();
  }

  private void saveSegments(Space space, SessionState.Builder state) {
    long[] dropped = space.droppedSegments;
    if (dropped != null && !Arrays.equals(dropped, image.droppedSegments())) {
      state.droppedSegments(dropped);
    }
  }

  /** What the calls of a space have changed since somebody last asked. */
  StateChange takeChange(Space space, SpaceJournal journal) {
    calls.checkIdle();
    var parts =
        new SessionState.Builder(module.digest(), module.imageDigest(), space.memory.sizePages());
    if (journal.globals) {
      saveGlobals(space, parts);
    }
    if (journal.tables) {
      saveTables(space, parts);
    }
    if (journal.segments) {
      saveSegments(space, parts);
    }
    var change =
        StateChange.of(
            parts.build(),
            journal.globals,
            journal.tables,
            journal.segments,
            journal.memory.take());
    journal.forgetParts();
    return change;
  }

  private void saveGlobals(Space space, SessionState.Builder state) {
    if (space.globals == null) {
      return;
    }
    for (int i = 0; i < mutableGlobals.length; i++) {
      int global = mutableGlobals[i];
      long bits = StateFit.stateBits(module, global, space.globals[i]);
      if (bits != StateFit.stateBits(module, global, image.globals()[global])) {
        state.global(global, bits);
      }
    }
  }

  private void saveTables(Space space, SessionState.Builder state) {
    if (space.tables == null) {
      return;
    }
    for (int i = 0; i < space.tables.length; i++) {
      int[] entries = space.tables[i];
      if (entries != null && !Arrays.equals(entries, image.tables()[i])) {
        state.table(i, entries);
      }
    }
  }

  int liveSpaces() {
    return liveSpaces;
  }

  /** When a space was opened or closed last, on the clock of {@link Windows#now}. */
  int usedAt() {
    return usedAt;
  }

  /** What is loaded, as an image; the last call has committed. */
  StoreImage snapshot() {
    return StoreImage.of(memory, machine, image.memory());
  }

  /** Makes a space the one that runs. */
  void load(Space space) {
    memory.load(space.memory);
    if (loaded == space) {
      return;
    }
    loadGlobals(space);
    for (int i = 0; i < mutableTables.length; i++) {
      if (mutableTables[i]) {
        machine.tables[i].load(space.tables == null ? null : space.tables[i]);
      }
    }
    if (mutableSegments) {
      machine.segments.load(
          space.droppedSegments == null ? image.droppedSegments() : space.droppedSegments);
    }
    loaded = space;
  }

  private void loadGlobals(Space space) {
    long[] values = space.globals;
    for (int i = 0; i < mutableGlobals.length; i++) {
      int global = mutableGlobals[i];
      machine.globals[global] = values == null ? image.globals()[global] : values[i];
    }
  }

  /**
   * Runs functions on a space, as one call: all of them commit, or none has happened.
   *
   * @param functions run in order until one does not return
   * @param arguments the first function's; the others have none
   * @param results takes the first function's
   * @throws IllegalStateException if the server failed, not the guest; the call has never been
   */
  CallOutcome run(
      Space space,
      CompiledFunction[] functions,
      long[] arguments,
      long[] results,
      Invocation invocation) {
    calls.enter(memory, invocation, space.environment);
    lane.enter(
        module.compiled().stopSwitch(), invocation.deadlineNanos(), invocation.durationNanos());
    Throwable thrown = null;
    try {
      owner.runs(space);
      load(space);
      calls.back();
      for (CompiledFunction function : functions) {
        run(space, function, arguments, results);
      }
    } catch (Throwable t) {
      // Whatever it is: first the space must be what it was.
      thrown = t;
    }
    boolean inTime = lane.leave();
    boolean ours = calls.leave();
    try {
      calls.endLines(space.environment.log());
    } catch (Throwable t) {
      ours |= thrown == null;
      thrown = thrown == null ? t : thrown;
    }
    if (thrown == null && inTime) {
      thrown = commit(space);
      if (thrown == null) {
        return CallOutcome.Committed.INSTANCE;
      }
    }
    if (loaded == space) { // Or there was no memory to load it.
      rollback(space);
    }
    return thrown == null ? new CallOutcome.TimedOut() : outcome(thrown, ours);
  }

  /**
   * Runs a function until it has returned, or has exited with success: then no result may be owed.
   */
  private void run(Space space, CompiledFunction function, long[] arguments, long[] results) {
    try {
      function.call(arguments, results, memory, machine);
    } catch (CallEnded ended) {
      if (results.length > 0 || !(ended.outcome() instanceof CallOutcome.Exited(int s) && s == 0)) {
        throw ended;
      }
      unwindStack(space);
      calls.back();
    }
  }

  /**
   * What was in use of the stack that the compiler keeps in linear memory is free again: none of
   * the functions that would have said so has returned.
   */
  private void unwindStack(Space space) {
    if (stackPointer >= 0) {
      int global = mutableGlobals[stackPointer];
      machine.globals[global] =
          space.globals == null ? image.globals()[global] : space.globals[stackPointer];
    }
  }

  private static CallOutcome outcome(Throwable thrown, boolean ours) {
    return switch (thrown) {
      case CallEnded ended -> ended.outcome();
      case CallStopped stopped -> new CallOutcome.TimedOut();
      default -> new CallOutcome.Trapped(Traps.kind(thrown, ours));
    };
  }

  /** Makes what the call changed the space's own; answers what kept it from that, or null. */
  private @Nullable Throwable commit(Space space) {
    try {
      makeRoom(space);
      memory.commit(space.memory);
    } catch (GuestTrap | OutOfMemoryError noMemoryLeft) {
      return noMemoryLeft; // Nothing has been committed yet.
    }
    if (space.journal != null) {
      note(space, space.journal);
    }
    long[] globals = space.globals;
    if (globals != null) {
      for (int i = 0; i < globals.length; i++) {
        globals[i] = machine.globals[mutableGlobals[i]];
      }
    }
    int[] @Nullable [] tables = space.tables;
    if (tables != null) {
      for (int i = 0; i < tables.length; i++) {
        if (mutableTables[i]) {
          tables[i] = machine.tables[i].commit();
        }
      }
    }
    if (space.droppedSegments != null) {
      machine.segments.save(space.droppedSegments);
    }
    return null;
  }

  /** Notes what else than memory is about to be kept. */
  private void note(Space space, SpaceJournal journal) {
    long[] globals = space.globals;
    if (globals != null && !journal.globals) {
      for (int i = 0; i < globals.length; i++) {
        journal.globals |= globals[i] != machine.globals[mutableGlobals[i]];
      }
    }
    journal.tables |= tablesChanged();
    long[] dropped = space.droppedSegments;
    journal.segments |= dropped != null && !Arrays.equals(dropped, machine.segments.dropped);
  }

  /**
   * Gives a space what it needs for state of its own that differs from the image for the first
   * time: most guests put their globals back, and never change a table or drop a segment.
   */
  private void makeRoom(Space space) {
    if (space.globals == null && globalsDiffer()) {
      long[] globals = new long[mutableGlobals.length];
      for (int i = 0; i < globals.length; i++) {
        globals[i] = image.globals()[mutableGlobals[i]];
      }
      space.globals = globals;
    }
    if (space.tables == null && tablesChanged()) {
      space.tables = new int[mutableTables.length][];
    }
    if (mutableSegments
        && space.droppedSegments == null
        && !Arrays.equals(machine.segments.dropped, image.droppedSegments())) {
      space.droppedSegments = image.droppedSegments().clone();
    }
  }

  private boolean globalsDiffer() {
    for (int global : mutableGlobals) {
      if (machine.globals[global] != image.globals()[global]) {
        return true;
      }
    }
    return false;
  }

  private boolean tablesChanged() {
    for (int i = 0; i < mutableTables.length; i++) {
      if (mutableTables[i] && machine.tables[i].isChanged()) {
        return true;
      }
    }
    return false;
  }

  private void rollback(Space space) {
    machine.forgetParked();
    memory.rollback(space.memory);
    loadGlobals(space);
    for (int i = 0; i < mutableTables.length; i++) {
      if (mutableTables[i]) {
        machine.tables[i].rollback();
      }
    }
    if (mutableSegments) {
      machine.segments.load(
          space.droppedSegments == null ? image.droppedSegments() : space.droppedSegments);
    }
  }

  /** Keeps an idle space's memory as small as it can be, until its next call. */
  void rest(Space space) {
    calls.checkIdle();
    memory.rest(space.memory);
  }

  /** Gives up what is there to run spaces with: none is left. */
  void close() {
    memory.close();
  }

  /** Ends a space: gives back all that it holds. */
  void close(Space space) {
    calls.checkIdle();
    if (loaded == space) {
      loaded = null;
    }
    memory.discard(space.memory);
    if (space.tables != null) {
      for (int i = 0; i < space.tables.length; i++) {
        machine.tables[i].discard(space.tables[i]);
      }
    }
    liveSpaces--;
    usedAt = windows.now();
    owner.closed(space);
  }
}
