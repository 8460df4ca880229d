package dev.mooring.session;

/** Why the server ends a session that did nothing wrong. */
public enum GoAwayReason {
  SERVER_SHUTDOWN,
  SESSION_LIFETIME,
  /** Somebody who runs the server has ended the session. */
  OPERATOR
}
