package dev.mooring.transport.loop;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much is held for all clients of a server together, of one kind, and how much may be.
 *
 * <p>Thread-safe. Each event loop keeps a {@link Share} and tells the total only what has come to
 * {@link #PIECE_BYTES}, so that the total is no place where loops meet for each message.
 */
public final class ByteTotal {
  /** A share differs from what the total knows of it by less than this. */
  public static final int PIECE_BYTES = 16 * 1024;

  private final long limitBytes;
  private final AtomicLong bytes = new AtomicLong();

  ByteTotal(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  public long bytes() {
    return bytes.get();
  }

  public boolean isExceeded() {
    return bytes.get() > limitBytes;
  }

  /** One event loop's part. Event loop only. */
  public final class Share {
    private long untold;

    private void add(long change) {
      untold += change;
      if (Math.abs(untold) >= PIECE_BYTES) {
        tell();
      }
    }

    /** Tells the total what it doesn't know yet. */
    public void tell() {
      if (untold != 0) {
        bytes.addAndGet(untold);
        untold = 0;
      }
    }

    public boolean isTotalExceeded() {
      return isExceeded();
    }

    /** By how much the total is exceeded; negative if it isn't. */
    long excessBytes() {
      return bytes.get() - limitBytes;
    }

    /** What each of so many may hold, if all may hold the same. */
    long evenBytes(int holders) {
      return limitBytes / Math.max(1, holders);
    }
  }

  /** One connection's part of its event loop's. Event loop only. */
  public static final class Holding {
    private final Share share;
    private long bytes;

    public Holding(Share share) {
      this.share = share;
    }

    /** It is so much now. */
    public void set(long nowBytes) {
      if (nowBytes != bytes) {
        share.add(nowBytes - bytes);
        bytes = nowBytes;
      }
    }

    public long bytes() {
      return bytes;
    }
  }
}
