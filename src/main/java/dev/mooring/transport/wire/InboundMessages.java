package dev.mooring.transport.wire;

import dev.mooring.session.Problem;
import org.jspecify.annotations.Nullable;

/**
 * What comes in on one connection and is cut into messages by its wire, as those see it who pause
 * it, and who want to know what it holds.
 *
 * <p>Event loop only.
 */
public interface InboundMessages {
  /** Delivers no more; what has been read waits here. */
  void pause();

  /** Delivers what waits, and goes on. */
  void resume();

  /** From now on a message may be so long, in bytes, as its sender is no stranger any more. */
  void raiseMaximum(int bytes);

  /** What was read and isn't delivered, in bytes. */
  long bufferedBytes();

  /** How many messages were delivered. */
  long delivered();

  /** Whether the beginning of a message is there, and its end isn't. */
  boolean hasPartial();

  /**
   * Whether this event of the pipeline says that the client sends nothing more, and all that it
   * sent was delivered, but for a message that {@link #hasPartial isn't whole}.
   */
  boolean isEnd(Object event);

  /**
   * What the client is told of a failure that the pipeline had with what came; null if it is none.
   */
  @Nullable Problem problemOf(Throwable failure);

  /** Drops what waits, and what still comes. */
  void drop();
}
