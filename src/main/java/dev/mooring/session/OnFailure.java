package dev.mooring.session;

/** What becomes of a session whose call trapped, ran too long, wrote too much or exited. */
public enum OnFailure {
  /** It goes on, as if the call had not been made. */
  ROLLBACK,
  /** It ends. */
  CLOSE
}
