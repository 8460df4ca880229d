package dev.mooring.client;

import java.util.function.Consumer;

/**
 * Hears what a session says without being asked. Every method runs on the session's event loop, one
 * at a time, in the order in which the server spoke; one that takes long delays all sessions of
 * that loop, and one that waits for an answer waits for ever. What a method throws is logged, and
 * the session goes on.
 */
public interface SessionListener {

  /** Hears nothing. */
  SessionListener NONE = new SessionListener() {};

  /**
   * The guest sent an event: in a call, and then it is heard before the call's result; or when the
   * session was opened, or by a timer.
   *
   * @param payload the listener's own
   */
  default void onEvent(MooringSession session, byte[] payload) {}

  /**
   * The server will end this session soon. Calls that it has taken are served; later ones fail with
   * {@link ErrorCode#CALL_REFUSED}. A kept session stays if it is the server that goes away, and
   * the client goes on with it by itself: calls wait until then.
   *
   * @param message for people
   */
  default void onGoAway(MooringSession session, GoAwayReason reason, String message) {}

  /**
   * The connection of a kept session was lost, or its server went away. The client tries to go on
   * with the session on another connection, for as long as {@link OpenOptions.Timeouts#reconnect}
   * says; calls wait meanwhile, and more may be made. Then follows {@link #onResumed} or {@link
   * #onClosed}.
   *
   * @param why what was lost
   */
  default void onDisconnected(MooringSession session, MooringException why) {}

  /**
   * A kept session whose connection was lost goes on. Whatever it said meanwhile follows; calls
   * that didn't happen are made again, once.
   */
  default void onResumed(MooringSession session) {}

  /** The session has ended, and every call's future is complete. Said once. */
  default void onClosed(MooringSession session, SessionEnd end) {}

  /** A listener for events alone. */
  static SessionListener events(Consumer<byte[]> consumer) {
    return new SessionListener() {
      @Override
      public void onEvent(MooringSession session, byte[] payload) {
        consumer.accept(payload);
      }
    };
  }
}
