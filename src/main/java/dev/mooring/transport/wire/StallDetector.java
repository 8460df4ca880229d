package dev.mooring.transport.wire;

/**
 * Notices a client that doesn't read: one that takes too little of what waits for it, for too long.
 *
 * <p>Event loop only.
 */
public final class StallDetector {
  /**
   * How much the operating system takes for a client before it has sent the former. It would take
   * megabytes, and let us write again only when a third of them is gone: a client that reads slowly
   * would look like one that doesn't read.
   */
  public static final int KERNEL_UNSENT_BYTES = 128 * 1024;

  /**
   * A client that takes less than this of what waits for it, within the time for a stall, is
   * stalled, unless nothing more waits: a byte now and then isn't reading. The kernel takes more
   * when half of what it holds for a client is sent; this is half of that half, 32 KiB.
   */
  static final int STALL_BYTES = KERNEL_UNSENT_BYTES / 4;

  private static final long NANOS_PER_MILLI = 1_000_000;

  private final long stallNanos;

  /** How far the client has to have read until its time for that begins anew. */
  private long readTargetBytes = Long.MIN_VALUE;

  private long unreadNanos;

  /** For a client that has read all so far. */
  StallDetector(int stallMillis) {
    this.stallNanos = stallMillis * NANOS_PER_MILLI;
  }

  /**
   * Looks how far the client has got.
   *
   * @param writtenBytes what was written for it, all in all
   * @param unreadBytes how much of that has not left
   * @param passedNanos the time since the last look
   * @return whether it is stalled
   */
  boolean look(long writtenBytes, long unreadBytes, long passedNanos) {
    long readBytes = writtenBytes - unreadBytes;
    long targetBytes = readBytes + Math.min(unreadBytes, STALL_BYTES);
    if (unreadBytes == 0 || readBytes >= readTargetBytes) {
      readTargetBytes = targetBytes;
      unreadNanos = 0;
      return false;
    }
    // What waits counts for more than was written, for its place in a queue and under TLS.
    readTargetBytes = Math.min(readTargetBytes, targetBytes);
    unreadNanos += passedNanos;
    return unreadNanos >= stallNanos;
  }
}
