package dev.mooring.guest;

import static java.util.Objects.requireNonNull;

import dev.mooring.guest.call.CallLimits;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.FunctionTracer;
import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.guest.call.GuestTrap;
import dev.mooring.guest.call.HeapRoom;
import dev.mooring.guest.call.Invocation;
import dev.mooring.guest.call.RecordedCall;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.deadline.GuestClock;
import dev.mooring.guest.intake.FunctionNames;
import dev.mooring.guest.intake.IntakeLimits;
import dev.mooring.guest.log.LogLimits;
import dev.mooring.guest.machine.World;
import dev.mooring.guest.memory.MemoryBudget;
import dev.mooring.guest.memory.PagePool;
import dev.mooring.state.SessionState;
import dev.mooring.state.StateException;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Makes a recorded call again, from the state before it, in a runtime of its own: with what it was
 * given and what it saw then. Its code is compiled to tell a {@link FunctionTracer} what it does.
 *
 * <p>Of what bounds a call it has again what ended it, and plenty of the rest, as it runs slower
 * here and takes more stack: so a call that ran out of time or stack does so again, if perhaps at
 * another place, and no other does. Time that the tracer takes doesn't count.
 *
 * <p>One use. Who calls this waits for threads that it makes, with stack enough.
 */
public final class CallReplay implements AutoCloseable {
  /** The stack of a server's event loop. */
  private static final long LOOP_STACK_BYTES = 8L << 20;

  /** Many times as much: untouched, it is only addresses. */
  private static final long AMPLE_STACK_BYTES = 128L << 20;

  private static final int AMPLE_MILLIS = 600_000;

  /** What a loop takes of the budget before it has to, at most. */
  private static final int LEASES_BYTES = 4 * PagePool.LEASE_BYTES;

  private final RecordedCall call;
  private final SessionState state;
  private final HaltingClock clock = new HaltingClock();
  private final GuestRuntime runtime;
  private final GuestModule module;
  private final GuestLoop loop;
  private final Invocation invocation =
      new Invocation(ByteBufAllocator.DEFAULT.heapBuffer(), ByteBufAllocator.DEFAULT.heapBuffer());

  /** A clock that can be made to stand still. The watchdog reads it, too. */
  private static final class HaltingClock implements GuestClock {
    private long haltedNanos;
    private long haltedAtNanos;
    private boolean isHalted;

    @Override
    public synchronized long nanoTime() {
      return (isHalted ? haltedAtNanos : System.nanoTime()) - haltedNanos;
    }

    @Override
    public long unixNanos() {
      return SYSTEM.unixNanos();
    }

    synchronized void halt() {
      haltedAtNanos = System.nanoTime();
      isHalted = true;
    }

    synchronized void goOn() {
      haltedNanos += System.nanoTime() - haltedAtNanos;
      isHalted = false;
    }
  }

  private CallReplay(RecordedCall call, SessionState state, Map<String, byte[]> modules)
      throws ModuleRefused {
    this.call = call;
    this.state = state;
    runtime = new GuestRuntime(call.room().budgetBytes(), LogLimits.OF_ALL, clock);
    runtime.watchdog().start();
    boolean whole = false;
    try {
      module = restore(PortableModule.key(state.moduleDigest(), state.imageDigest()), modules);
      loop = new GuestLoop(runtime, World.replayed(call.world()));
      whole = true;
    } finally {
      if (!whole) {
        invocation.close();
        runtime.close();
      }
    }
  }

  /**
   * Prepares a call to be made again; compiles its module.
   *
   * @param state the one before it
   * @param modules what it takes to have the state's module, as {@link PortableModule} made it, by
   *     key: it, and a script's engine
   * @throws ModuleRefused if the module isn't there, or can't be had here
   */
  public static CallReplay of(RecordedCall call, SessionState state, Map<String, byte[]> modules)
      throws ModuleRefused, InterruptedException {
    return onStack(AMPLE_STACK_BYTES, () -> new CallReplay(call, state, modules));
  }

  /** What is done on a thread of its own. */
  private interface Task<T, E extends Exception> {
    T run() throws E;
  }

  private static <T, E extends Exception> T onStack(long stackBytes, Task<T, E> task)
      throws E, InterruptedException {
    var result = new AtomicReference<@Nullable T>();
    var thrown = new AtomicReference<@Nullable Throwable>();
    var thread =
        new Thread(
            null,
            () -> {
              try {
                result.set(task.run());
              } catch (Throwable t) {
                thrown.set(t);
              }
            },
            "mooring-replay",
            stackBytes);
    thread.start();
    thread.join();
    rethrow(thrown.get());
    return requireNonNull(result.get());
  }

  /** What a task has thrown is unchecked, or is what it may throw. */
  @SuppressWarnings("unchecked")
  private static <E extends Exception> void rethrow(@Nullable Throwable thrown) throws E {
    switch (thrown) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw (E) thrown;
    }
  }

  private GuestModule restore(String key, Map<String, byte[]> modules) throws ModuleRefused {
    byte[] portable = modules.get(key);
    if (portable == null) {
      throw new ModuleRefused("isn't there: nothing is called " + key);
    }
    var options =
        new ModuleOptions(
            IntakeLimits.DEFAULTS.withModuleBytes(
                Math.max(IntakeLimits.DEFAULTS.moduleBytes(), portable.length)),
            AMPLE_MILLIS);
    var others = new HashMap<>(modules);
    others.remove(key); // Else one could be its own engine.
    return PortableModule.restoreTraced(
        key, portable, options, runtime, engine -> restore(engine, others));
  }

  /** What the module's functions are called; a script's are its engine's. */
  public FunctionNames names() {
    return module.functionNames();
  }

  /** The function that is called; null if the module has none of its name. */
  public @Nullable ExportedFunction function() {
    ExportedFunction export = module.export(call.function());
    if (export != null) {
      return export;
    }
    for (ExportedFunction hook : new ExportedFunction[] {module.timerHook(), module.closeHook()}) {
      if (hook != null && hook.name().equals(call.function())) {
        return hook;
      }
    }
    return null;
  }

  /**
   * Makes the call.
   *
   * @param tracer is told of each function that is entered and left
   * @param log takes what the guest logs
   * @throws StateException if the state, or the call, is none of the module's; or there is no
   *     memory for it here
   */
  public CallOutcome run(FunctionTracer tracer, GuestEnvironment.GuestLog log)
      throws StateException, InterruptedException {
    boolean ranOut = call.outcome().equals(new CallOutcome.Trapped(TrapKind.STACK_EXHAUSTED));
    return onStack(
        ranOut ? LOOP_STACK_BYTES : AMPLE_STACK_BYTES,
        () -> {
          try {
            return runHere(tracer, log);
          } catch (SpaceRefused e) {
            throw new StateException("the state takes more memory than there is for it here");
          }
        });
  }

  private CallOutcome runHere(FunctionTracer tracer, GuestEnvironment.GuestLog log)
      throws StateException, SpaceRefused {
    ExportedFunction function = function();
    if (function == null || function.parameters().size() != call.arguments().length) {
      throw new StateException(
          "a call of %s with %d arguments, which the module doesn't have"
              .formatted(call.function(), call.arguments().length));
    }
    try (Space space =
        loop.restore(module, state, new GuestEnvironment(call.config(), log), call.memoryBytes())) {
      load(space);
      space.processor.machine.trace(new Unhurried(tracer));
      leaveRoom(call.room());
      invocation.begin(limits(), timers(), limits().timeoutMillis(), clock.nanoTime());
      invocation.input(Unpooled.wrappedBuffer(call.input()), 0, call.input().length);
      invocation.traceparent(call.traceparent());
      return space.call(function, call.arguments(), invocation);
    }
  }

  /** What it takes to run at all isn't taken of what the call may have. */
  private static void load(Space space) throws SpaceRefused {
    try {
      space.processor.load(space);
    } catch (GuestTrap noMemoryLeft) {
      throw new SpaceRefused(new CallOutcome.Trapped(noMemoryLeft.kind()));
    }
  }

  /** From now on there is no more of the heap than there was then. */
  private void leaveRoom(HeapRoom room) {
    MemoryBudget budget = runtime.budget();
    long forPages =
        room.pageBytes() + room.budgetBytes() / MemoryBudget.WINDOWS_PART + LEASES_BYTES;
    long more = budget.leftBytes() - Math.max(room.windowBytes(), forPages);
    if (more > 0) {
      var _ = budget.tryTake(more);
    }
    loop.allowGrowth(room.pageBytes());
  }

  private CallLimits limits() {
    CallLimits limits = call.limits();
    return call.outcome() instanceof CallOutcome.TimedOut
        ? limits
        : new CallLimits(AMPLE_MILLIS, limits.outputBytes(), limits.events(), limits.timers());
  }

  private Invocation.ActiveTimers timers() {
    List<SessionState.Timer> timers = state.timers();
    return new Invocation.ActiveTimers() {
      @Override
      public int count() {
        return timers.size();
      }

      @Override
      public boolean isSet(int id) {
        return timers.stream().anyMatch(timer -> timer.id() == id);
      }
    };
  }

  /** Stops the clock while a tracer is at work. */
  private final class Unhurried implements FunctionTracer {
    private final FunctionTracer tracer;

    Unhurried(FunctionTracer tracer) {
      this.tracer = tracer;
    }

    @Override
    public void entered(int function, String types, long[] arguments) {
      clock.halt();
      try {
        tracer.entered(function, types, arguments);
      } finally {
        clock.goOn();
      }
    }

    @Override
    public void left(int function, String types, long @Nullable [] results) {
      clock.halt();
      try {
        tracer.left(function, types, results);
      } finally {
        clock.goOn();
      }
    }
  }

  /** Gives back what it has. */
  @Override
  public void close() {
    invocation.close();
    loop.close();
    runtime.close();
  }
}
