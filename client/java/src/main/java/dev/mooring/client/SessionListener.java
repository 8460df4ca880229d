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
   * {@link ErrorCode#CALL_REFUSED}.
   *
   * @param message for people
   */
  default void onGoAway(MooringSession session, GoAwayReason reason, String message) {}

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
