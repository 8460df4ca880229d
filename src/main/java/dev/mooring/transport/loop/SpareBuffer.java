package dev.mooring.transport.loop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The buffer in which one session's answers gather, and then the next one's. A turn's answers are
 * written when the turn is over, and mostly the socket takes all of them at once; so the same
 * buffer serves all sessions of a loop, and is always warm in the processor's caches. If the socket
 * doesn't, the buffer stays with that connection until it is written, and another takes its place.
 *
 * <p>What one session wrote is still there when the next begins, and behind what the next writes:
 * only what a session wrote itself is sent, as with any buffer of a pool.
 *
 * <p>Event loop only.
 */
public final class SpareBuffer implements AutoCloseable {
  /** One that became larger is given up, so that no connection keeps much for a few bytes. */
  public static final int BYTES = 16 * 1024;

  private final ByteBufAllocator allocator;

  /** Has a reference of ours, while lent another. */
  private @Nullable ByteBuf spare;

  private boolean isLent;

  public SpareBuffer(ByteBufAllocator allocator) {
    this.allocator = allocator;
  }

  /**
   * An empty buffer, which may grow. The caller owns it, and after it has passed it on or released
   * it, says so with {@link #giveBack}.
   *
   * @param bytes the capacity of a buffer of its own, which it gets if the spare one is lent
   */
  public ByteBuf take(int bytes) {
    if (isLent) {
      return allocator.buffer(bytes);
    }
    if (spare == null) {
      spare = allocator.buffer(BYTES);
    }
    isLent = true;
    return spare.retain();
  }

  /** The caller is done with a buffer; whoever else has a reference to it may keep it. */
  @SuppressWarnings("ReferenceEquality") // Buffers are equal if their bytes are.
  public void giveBack(ByteBuf buffer) {
    if (spare == null || buffer != spare) {
      return;
    }
    isLent = false;
    if (spare.refCnt() == 1 && spare.capacity() <= BYTES) {
      spare.clear();
    } else {
      spare.release();
      spare = null;
    }
  }

  /** There is no spare buffer from now on. */
  @Override
  public void close() {
    isLent = true;
    if (spare != null) {
      spare.release();
      spare = null;
    }
  }
}
