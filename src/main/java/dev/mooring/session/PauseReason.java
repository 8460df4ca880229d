package dev.mooring.session;

/** Why a connection isn't read. */
public enum PauseReason {
  /** The module is being found, compiled and opened. */
  OPENING,
  /** As many decoded calls wait as may. */
  QUEUE,
  /** The client doesn't read what it is sent. */
  OUTBOUND,
  /** The session's tenant has run for as long as it may, and waits until it may again. */
  QUOTA,
  /** The server holds as many bytes of its clients as it may, and some of them are this one's. */
  INBOUND,
  /** The session ends; nothing that the client says matters any more. */
  DRAINING
}
