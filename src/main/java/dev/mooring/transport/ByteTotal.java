package dev.mooring.transport;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What waits to be written to all clients of a server together.
 *
 * <p>Thread-safe. Each event loop keeps a {@link Share} and tells the total only what has come to
 * {@link #PIECE_BYTES}, so that the total is no place where loops meet for each message.
 */
final class OutboundTotal {
  /** A share differs from what the total knows of it by less than this. */
  static final int PIECE_BYTES = 16 * 1024;

  private final long limitBytes;
  private final AtomicLong bytes = new AtomicLong();

  OutboundTotal(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  long bytes() {
    return bytes.get();
  }

  boolean isExceeded() {
    return bytes.get() > limitBytes;
  }

  /** One event loop's part. Event loop only. */
  final class Share {
    private long untold;

    void add(long change) {
      untold += change;
      if (Math.abs(untold) >= PIECE_BYTES) {
        tell();
      }
    }

    /** Tells the total what it doesn't know yet. */
    void tell() {
      if (untold != 0) {
        bytes.addAndGet(untold);
        untold = 0;
      }
    }

    boolean isTotalExceeded() {
      return isExceeded();
    }
  }
}
