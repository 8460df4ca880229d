package dev.mooring.guest;

import dev.mooring.guest.memory.MemoryInsides;

/** Time that passes on a loop where nothing runs, for tests that can't wait for it. */
public final class IdleTime {
  private IdleTime() {}

  /** Lets so many quarters of a second pass. */
  public static void pass(GuestLoop loop, int ticks) {
    for (int i = 0; i < ticks; i++) {
      loop.tick();
    }
  }

  /** Until the loop's spaces, if they aren't very many, are at rest. */
  public static void untilRest(GuestLoop loop) {
    pass(loop, AwakeSpaces.IDLE_TICKS);
  }

  /** Until what no space has needed is given up; this is longer than until they rest. */
  public static void untilGivenUp(GuestLoop loop) {
    pass(loop, GuestLoop.IDLE_TICKS);
  }

  /** Whether a space is at rest; one that holds no page never is. */
  public static boolean isAtRest(Space space) {
    return MemoryInsides.isAtRest(space.memory);
  }
}
