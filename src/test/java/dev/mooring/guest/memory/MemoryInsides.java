package dev.mooring.guest.memory;

/** What of guest memory only its own package sees, for tests of those who use it. */
public final class MemoryInsides {
  private MemoryInsides() {}

  /** The array in which the loaded space computes, all of it; without a byte if there is none. */
  public static byte[] window(GuestMemory memory) {
    return memory.bytes;
  }

  /** The marks of that array's pages: one for each, not 0 if it may have been stored to. */
  public static byte[] marks(GuestMemory memory) {
    return memory.marks;
  }

  /** Whether a space's memory is kept as what differs from the image, and nothing else. */
  public static boolean isAtRest(SpaceMemory space) {
    return space.isAtRest();
  }
}
