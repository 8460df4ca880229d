package dev.mooring.client;

/** Why a session ended in good order. */
public enum CloseReason {
  /** This client asked for it. */
  CLIENT_CLOSED,
  /** The server had announced it: see {@link SessionListener#onGoAway}. */
  GONE_AWAY,
  /** This side said that it sends no more, and the session is kept: it can be gone on with. */
  DETACHED
}
