package dev.mooring.guest;

import dev.mooring.guest.call.CallEnded;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.GuestEnvironment;
import dev.mooring.guest.call.GuestTrap;
import dev.mooring.guest.call.StackProbe;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.deadline.CallStopped;
import dev.mooring.guest.deadline.GuestClock;
import dev.mooring.guest.deadline.Watchdog;
import dev.mooring.guest.log.LogBudget;
import dev.mooring.guest.log.LogLimits;
import dev.mooring.guest.log.WrittenLines;
import dev.mooring.guest.machine.HostCalls;
import dev.mooring.guest.machine.HostOperations;
import dev.mooring.guest.machine.NumericOperations;
import dev.mooring.guest.machine.TailOperations;
import dev.mooring.guest.machine.Wasi;
import dev.mooring.guest.memory.LittleEndian;
import dev.mooring.guest.memory.MemoryBudget;
import dev.mooring.guest.memory.MemoryOperations;
import java.lang.invoke.MethodHandles;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all guests of a process share: the budgets of their memory and of what they log, and the
 * watchdog of their calls.
 *
 * <p>Thread-safe.
 */
public final class GuestRuntime implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GuestRuntime.class);

  /**
   * What host functions use and generated code doesn't, or only some. If a guest's stack ended
   * while one of these is initialised, nobody could use it ever after.
   */
  private static final List<Class<?>> HOST_CLASSES =
      List.of(
          NumericOperations.class,
          LittleEndian.class,
          HostOperations.class,
          MemoryOperations.class,
          TailOperations.class,
          HostCalls.class,
          Wasi.class,
          WrittenLines.class,
          StackProbe.class,
          GuestTrap.class,
          TrapKind.class,
          CallStopped.class,
          CallEnded.class,
          CallOutcome.Limit.class,
          CallOutcome.OverLimit.class,
          CallOutcome.Failed.class,
          CallOutcome.Exited.class,
          GuestEnvironment.Level.class,
          LogBudget.class);

  private final MemoryBudget budget;
  private final LogBudget logBudget;
  private final GuestClock clock;
  private final Watchdog watchdog;
  private final ScriptEngine scripts = new ScriptEngine();

  /** Starts the watchdog, for guests that may log what is usual. */
  public GuestRuntime(long budgetBytes) {
    this(budgetBytes, LogLimits.OF_ALL);
  }

  /**
   * Starts the watchdog, and initialises what host functions need while there is stack for it.
   *
   * @param budgetBytes how much heap all guests may hold together
   * @param log what all guests may log together
   */
  public GuestRuntime(long budgetBytes, LogLimits log) {
    this(budgetBytes, log, GuestClock.SYSTEM);
    watchdog.start();
  }

  /** With a clock of one's choice, and a watchdog that only looks when it is told to. */
  GuestRuntime(long budgetBytes, LogLimits log, GuestClock clock) {
    this.budget = new MemoryBudget(budgetBytes);
    this.logBudget = new LogBudget(log, clock.nanoTime());
    this.clock = clock;
    this.watchdog = new Watchdog(clock::nanoTime);
    try {
      for (Class<?> type : HOST_CLASSES) {
        MethodHandles.lookup().ensureInitialized(type);
      }
    } catch (IllegalAccessException e) {
      throw new LinkageError(e.getMessage(), e);
    }
    // Logged in the way in which guests' words are: so logging is initialised, too.
    LOG.atInfo().addKeyValue("budgetBytes", budgetBytes).log("guests have a memory budget");
  }

  /** Half of the heap: what guests may hold if an operator says nothing. */
  public static long defaultBudgetBytes() {
    return Runtime.getRuntime().maxMemory() / 2;
  }

  /** How much heap loops hold for their guests, in use or at the ready, in bytes. */
  public long memoryUsedBytes() {
    return budget.usedBytes();
  }

  /** How much heap guests may hold together, in bytes. */
  public long memoryLimitBytes() {
    return budget.limitBytes();
  }

  MemoryBudget budget() {
    return budget;
  }

  /** What all guests may log now. */
  public LogBudget logBudget() {
    return logBudget;
  }

  /** A number that the watchdog raises at every look: at least once in a millisecond. */
  public long ticks() {
    return watchdog.ticks();
  }

  /** Whether a thread is one that stops calls, without which no guest would ever be stopped. */
  public static boolean isWatchdog(Thread thread) {
    return Watchdog.isWatchdog(thread);
  }

  ScriptEngine scripts() {
    return scripts;
  }

  GuestClock clock() {
    return clock;
  }

  Watchdog watchdog() {
    return watchdog;
  }

  /** Stops the watchdog. Loops must be closed before. */
  @Override
  public void close() {
    watchdog.close();
  }
}
