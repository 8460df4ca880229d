package dev.mooring.transport.wire;

import dev.mooring.session.PauseReason;
import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
import java.util.EnumSet;

/**
 * Whether a connection is read: it is, unless there is a reason not to. Autoread and the wire's
 * input change only when the first reason comes and the last one goes; what was read before stays
 * in that input.
 *
 * <p>Event loop only.
 */
final class ReadThrottle {
  private final Channel channel;
  private final InboundMessages input;
  private final EnumSet<PauseReason> reasons = EnumSet.noneOf(PauseReason.class);

  private boolean pausedSinceLastAsked;

  ReadThrottle(Channel channel, InboundMessages input) {
    this.channel = channel;
    this.input = input;
  }

  void pause(PauseReason reason) {
    pausedSinceLastAsked = true;
    if (reasons.isEmpty()) {
      channel.config().setAutoRead(false);
      input.pause();
    }
    reasons.add(reason);
  }

  void resume(PauseReason reason) {
    if (reasons.remove(reason) && reasons.isEmpty()) {
      input.resume();
      // What the input held back may have been reason enough to stop again.
      if (reasons.isEmpty() && hasInput()) {
        channel.config().setAutoRead(true);
      }
    }
  }

  /** Whether there may be more to read: a client that has ended its side sends nothing more. */
  private boolean hasInput() {
    return channel.isOpen()
        && !(channel instanceof DuplexChannel duplex && duplex.isInputShutdown());
  }

  /** Whether it was paused at any time since this was last asked. */
  boolean wasPausedSinceLastAsked() {
    boolean was = pausedSinceLastAsked;
    pausedSinceLastAsked = !reasons.isEmpty();
    return was;
  }
}
