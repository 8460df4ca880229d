package dev.mooring.session;

import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * The client at the other end of one connection, as its conversation and its session see it. How it
 * is spoken to has two halves: what messages look like ({@link #encoder}), and where they wait to
 * leave ({@link #outbound}).
 *
 * <p>Event loop only.
 */
public interface Peer {
  MessageEncoder encoder();

  OutboundBuffer outbound();

  /** It has a session from now on: it is no stranger any more. */
  void opened();

  /**
   * Whether so much waits for all clients together, and much of it for this one, that no further
   * call of its is taken.
   */
  boolean isServerOverloaded();

  /** Stops reading for this reason, if it isn't stopped for it already. */
  void pause(PauseReason reason);

  /** Takes a reason away; reading goes on when none is left. */
  void resume(PauseReason reason);

  /** What waits for the session's turns has become more, or less. */
  void queueChanged();

  /** The last word, then the end of the connection. Nothing follows. */
  void end(EndReason ending);

  /** Bytes of the messages that came from it. */
  long bytesIn();

  /** Bytes of the messages that were sent to it. */
  long bytesOut();

  /** Whose certificate it proved to have; null if none. */
  default @Nullable X500Principal certificate() {
    return null;
  }

  /** Who it is, for the log. */
  String address();
}
