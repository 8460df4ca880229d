package dev.mooring.client;

/** Why a server is about to end a session. */
public enum GoAwayReason {
  /** The server is shutting down; open the next session on another one, or on the next one. */
  SERVER_SHUTDOWN,
  /** The session has lived as long as the server allows; a new one may be opened. */
  SESSION_LIFETIME,
  /** Somebody who runs the server has ended the session; the message says why. */
  OPERATOR,
  /** A reason that this client doesn't know; the message says more. */
  UNKNOWN
}
