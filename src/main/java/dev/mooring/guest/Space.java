package dev.mooring.guest;

import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.guest.call.Invocation;
import dev.mooring.guest.memory.SpaceMemory;
import dev.mooring.state.SessionState;
import dev.mooring.state.StateChange;
import org.jspecify.annotations.Nullable;

/**
 * One session's instance: what its memory, globals and tables hold, as a difference from what its
 * module starts with. Nothing else: the code and all that runs it are the {@link Processor}'s.
 *
 * <p>Event loop only; one call at a time.
 */
public final class Space implements AutoCloseable {
  /** The place of a space that has not run, or has gone to rest. */
  static final int NOT_AWAKE = -1;

  final Processor processor;
  final GuestEnvironment environment;
  final SpaceMemory memory;

  /** Of the globals that can change; null while they are the image's. */
  long @Nullable [] globals;

  /** Of each table that was changed, its entries; null for the image's. */
  int @Nullable [] @Nullable [] tables;

  /** Null while they are the image's. */
  long @Nullable [] droppedSegments;

  /** What its calls change; null if nobody wants to know. */
  @Nullable SpaceJournal journal;

  /** Where it is among the {@link AwakeSpaces}. */
  int place = NOT_AWAKE;

  private boolean closed;

  Space(Processor processor, GuestEnvironment environment, SpaceMemory memory) {
    this.processor = processor;
    this.environment = environment;
    this.memory = memory;
  }

  /**
   * Runs a function to its end. If it does not commit, the space is what it was before.
   *
   * @param function one of the space's module
   * @param arguments raw bits, one for each parameter
   * @param invocation begun; holds what the call gave, if it committed
   * @throws IllegalStateException if the space is closed, or a call runs on this loop: a guest's
   *     host functions don't call guests
   */
  public CallOutcome call(ExportedFunction function, long[] arguments, Invocation invocation) {
    if (closed) {
      throw new IllegalStateException("the space is closed");
    }
    if (arguments.length != function.parameters().size()) {
      throw new IllegalArgumentException(
          function.signature() + " was given " + arguments.length + " arguments");
    }
    Door door = processor.module().door(function);
    invocation.command(door.isCommand());
    return processor.run(
        this,
        door.functions(),
        door.arguments(arguments),
        invocation.resultsFor(function.results().size()),
        invocation);
  }

  /**
   * What the space is now, between two calls: a copy, which anybody may keep. Its timers are the
   * session's to add.
   *
   * @throws IllegalStateException if the space is closed, or a call runs on this loop
   */
  public SessionState save() {
    if (closed) {
      throw new IllegalStateException("the space is closed");
    }
    return processor.save(this);
  }

  /**
   * As {@link #save}; and from now on what its calls change is noted, for {@link #takeChange}.
   *
   * @throws IllegalStateException if the space is closed, or a call runs on this loop
   */
  public SessionState saveAndNote() {
    SessionState state = save();
    if (journal == null) {
      journal = new SpaceJournal();
      memory.journal(journal.memory);
    }
    journal.begin(state);
    return state;
  }

  /**
   * What has changed since this was last asked, or since {@link #saveAndNote}; but for timers.
   *
   * @return null if that isn't known, or not worth it: all that there is is less
   */
  public @Nullable StateChange takeChange() {
    return journal == null || !journal.memory.isWhole()
        ? null
        : processor.takeChange(this, journal);
  }

  /** The memory's size, in pages of 64 KiB. */
  public int memoryPages() {
    return memory.sizePages();
  }

  /** What is held of its memory, as it differs from its module's, in bytes. */
  public long heldBytes() {
    return memory.heldBytes();
  }

  /** In which KiB of its memory it differs from its module's, in rising order. */
  public int[] changedKib() {
    return memory.changedKib();
  }

  @Override
  public void close() {
    if (!closed) {
      processor.close(this);
      closed = true;
    }
  }
}
