package dev.mooring.guest;

import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.guest.call.GuestTrap;
import dev.mooring.guest.call.HeapRoom;
import dev.mooring.guest.call.Invocation;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.call.WorldRecording;
import dev.mooring.guest.deadline.Lane;
import dev.mooring.guest.machine.CompiledFunction;
import dev.mooring.guest.machine.HostCalls;
import dev.mooring.guest.machine.World;
import dev.mooring.guest.machine.WorldRecorder;
import dev.mooring.guest.memory.GuestMemory;
import dev.mooring.guest.memory.PagePool;
import dev.mooring.guest.memory.Windows;
import dev.mooring.state.SessionState;
import dev.mooring.state.StateException;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's guests: its processors, and the buffers that they share.
 *
 * <p>Event loop only, but for the constructor.
 */
public final class GuestLoop implements AutoCloseable {
  /** Free pages that a loop keeps for the next call that writes. */
  static final int FREE_PAGES = 4_096;

  /** After so many ticks without a space of its module, a processor is given up. */
  static final int IDLE_TICKS = Windows.IDLE_TICKS;

  /**
   * What a space counts for in the memory budget before it has written anything: about what it is.
   * Its configuration, which a client may make as large as it may, counts besides.
   */
  static final int SPACE_BYTES = 128;

  private static final long[] NO_ARGUMENTS = {};

  private final GuestRuntime runtime;
  private final HostCalls calls;
  private final Lane lane = new Lane();
  private final PagePool pool;
  private final Windows windows;
  private final AwakeSpaces awake = new AwakeSpaces();
  private final Processor.Owner owner = new Owner();
  private final IdentityHashMap<GuestModule, Processor> processors = new IdentityHashMap<>();
  private @Nullable WorldRecorder recorder;
  private int liveSpaces;

  /** A loop without guests yet; any thread. */
  public GuestLoop(GuestRuntime runtime) {
    this(runtime, World.live(runtime.clock()));
  }

  /** As above, for guests that see another world. */
  GuestLoop(GuestRuntime runtime, World world) {
    this.runtime = runtime;
    this.calls = new HostCalls(world);
    this.windows = new Windows(runtime.budget());
    this.pool = new PagePool(runtime.budget(), windows, FREE_PAGES);
    runtime.watchdog().watch(lane);
  }

  /**
   * Opens a space: the module's image; if the module's initialisation differs from session to
   * session, that runs now; then {@code mooring_open}. All of it is one call.
   *
   * @param maxMemoryBytes how far its memory may grow
   * @param invocation begun for this opening; what the guest sent is in it afterwards
   * @throws SpaceRefused if the guest did not end well, or there is no memory for another
   */
  public Space open(
      GuestModule module, GuestEnvironment environment, long maxMemoryBytes, Invocation invocation)
      throws SpaceRefused {
    calls.checkIdle();
    if (!pool.tryReserve(bytes(environment))) {
      throw new SpaceRefused(new CallOutcome.Trapped(TrapKind.OUT_OF_MEMORY));
    }
    Space opened = null;
    boolean complete = false;
    try {
      Processor processor = processor(module);
      opened = processor.open(environment, maxMemoryBytes / GuestMemory.PAGE_SIZE);
      liveSpaces++;
      CompiledFunction[] opening = module.opening();
      if (opening.length > 0) {
        CallOutcome outcome =
            processor.run(opened, opening, NO_ARGUMENTS, NO_ARGUMENTS, invocation);
        if (!outcome.committed()) {
          throw new SpaceRefused(outcome);
        }
      }
      complete = true;
      return opened;
    } catch (OutOfMemoryError e) {
      throw new SpaceRefused(new CallOutcome.Trapped(TrapKind.OUT_OF_MEMORY));
    } finally {
      if (opened == null) {
        pool.release(bytes(environment));
      } else if (!complete) {
        opened.close();
      }
    }
  }

  /**
   * Opens a space in the state that another one was saved in, here or anywhere. No guest code runs:
   * neither the module's initialisation nor {@code mooring_open}.
   *
   * @param environment the configuration is no part of a state; it should be what it was
   * @param maxMemoryBytes how far its memory may grow; what it has already must fit
   * @throws StateException if the state is of another module, or is none that it could be in
   * @throws SpaceRefused if there is no memory for it
   */
  public Space restore(
      GuestModule module, SessionState state, GuestEnvironment environment, long maxMemoryBytes)
      throws StateException, SpaceRefused {
    calls.checkIdle();
    long allowedPages = maxMemoryBytes / GuestMemory.PAGE_SIZE;
    StateFit.check(module, state, module.memoryLimitPages(allowedPages));
    if (!pool.tryReserve(bytes(environment))) {
      throw new SpaceRefused(new CallOutcome.Trapped(TrapKind.OUT_OF_MEMORY));
    }
    Space space = null;
    boolean whole = false;
    try {
      Processor processor = processor(module);
      space = processor.open(environment, allowedPages);
      liveSpaces++;
      processor.restore(space, state);
      awake.add(space);
      whole = true;
      return space;
    } catch (GuestTrap | OutOfMemoryError noMemoryLeft) {
      throw new SpaceRefused(new CallOutcome.Trapped(TrapKind.OUT_OF_MEMORY));
    } finally {
      if (space == null) {
        pool.release(bytes(environment));
      } else if (!whole) {
        space.close();
      }
    }
  }

  private Processor processor(GuestModule module) {
    Processor processor = processors.get(module);
    if (processor == null) {
      processor = new Processor(module, pool, windows, lane, calls, owner);
      processors.put(module, processor);
    }
    return processor;
  }

  private static long bytes(GuestEnvironment environment) {
    return SPACE_BYTES + GuestEnvironment.heldBytes(environment.config());
  }

  private final class Owner implements Processor.Owner {
    @Override
    public void runs(Space space) {
      awake.add(space);
    }

    @Override
    public void closed(Space space) {
      awake.remove(space);
      liveSpaces--;
      pool.release(bytes(space.environment));
      if (liveSpaces == 0) {
        // Nobody here wants the free pages now, and elsewhere they may be all that is missing.
        pool.trim();
      }
    }
  }

  /**
   * What a loop does four times a second: puts spaces to rest that haven't run for a while, and
   * gives up what no space has needed for longer.
   */
  public void tick() {
    calls.checkIdle();
    windows.tick();
    awake.look(windows.now());
    processors.values().removeIf(this::isIdle);
  }

  private boolean isIdle(Processor processor) {
    boolean idle = processor.liveSpaces() == 0 && windows.now() - processor.usedAt() >= IDLE_TICKS;
    if (idle) {
      processor.close();
    }
    return idle;
  }

  /** What the spaces of this loop hold together, in bytes; those at rest count as awake. */
  public long heldBytes() {
    return pool.heldBytes();
  }

  /**
   * Bounds how much more the spaces of this loop may come to hold, from now until it is said again:
   * whoever runs meanwhile gets no more. What a call keeps to undo a change of a table counts, too,
   * but may go beyond it by {@link PagePool}'s reserve: what runs goes on.
   *
   * @param bytes {@link Long#MAX_VALUE} for as much as there is
   */
  public void allowGrowth(long bytes) {
    pool.allowGrowth(bytes);
  }

  /** From now on it is noted what calls see of clocks and random numbers: the last call's part. */
  public void record() {
    recorder = new WorldRecorder(runtime.clock());
    calls.record(recorder);
  }

  /**
   * What the last call saw of clocks and random numbers.
   *
   * @throws IllegalStateException if nobody wanted that {@linkplain #record noted}
   */
  public WorldRecording recording() {
    if (recorder == null) {
      throw new IllegalStateException("nothing is noted of what calls see");
    }
    return recorder.recording();
  }

  /** How much more guests may come to hold here now. */
  public HeapRoom room() {
    return new HeapRoom(
        runtime.budget().limitBytes(),
        runtime.budget().leftBytes() + windows.droppableBytes(),
        pool.leftBytes());
  }

  /** Spaces that were opened and not closed. */
  public int liveSpaces() {
    return liveSpaces;
  }

  /** How long the running call has gone on since it was condemned; 0 if it isn't. Any thread. */
  public long overdueNanos() {
    return lane.overdueNanos(runtime.clock().nanoTime());
  }

  /** The thread that runs guests here, once it has run one. Any thread. */
  public @Nullable Thread thread() {
    return lane.thread();
  }

  /** Modules that have a processor here, because a space of theirs lives or lived a while ago. */
  public int liveProcessors() {
    return processors.size();
  }

  @Override
  public void close() {
    if (liveSpaces != 0) {
      throw new IllegalStateException(liveSpaces + " spaces are still open");
    }
    runtime.watchdog().unwatch(lane);
    windows.clear();
    pool.trim();
  }
}
