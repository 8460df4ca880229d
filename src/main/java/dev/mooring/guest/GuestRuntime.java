package dev.mooring.guest;

/**
 * What all guests of a process share: the budgets of their memory and of what they log, and the
 * watchdog of their calls.
 *
 * <p>Thread-safe.
 */
public final class GuestRuntime implements AutoCloseable {
  private final MemoryBudget budget;
  private final LogBudget logBudget;
  private final Watchdog watchdog = new Watchdog();

  /** Starts the watchdog, for guests that may log what is usual. */
  public GuestRuntime(long budgetBytes) {
    this(budgetBytes, LogLimits.OF_ALL);
  }

  /**
   * Starts the watchdog.
   *
   * @param budgetBytes how much heap all guests may hold together
   * @param log what all guests may log together
   */
  public GuestRuntime(long budgetBytes, LogLimits log) {
    this.budget = new MemoryBudget(budgetBytes);
    this.logBudget = new LogBudget(log, System.nanoTime());
  }

  /** Half of the heap: what guests may hold if an operator says nothing. */
  public static long defaultBudgetBytes() {
    return Runtime.getRuntime().maxMemory() / 2;
  }

  /** How much guests hold, and may hold. */
  public MemoryBudget budget() {
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

  Watchdog watchdog() {
    return watchdog;
  }

  /** Stops the watchdog. Loops must be closed before. */
  @Override
  public void close() {
    watchdog.close();
  }
}
