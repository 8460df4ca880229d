package dev.mooring.transport.admission;

/**
 * Why a connection was turned away, where its last error's code doesn't say it or there was no
 * session to say it to. What an {@code ErrorCode} says by itself is counted under that.
 */
public enum RejectReason {
  /** The server has as many sessions as it may. */
  SESSIONS,
  /** There are as many sessions from the client's address as there may be. */
  SESSIONS_PER_ADDRESS,
  /** The server holds as much that came from all clients as it may. */
  INBOUND_BYTES,
  /** As much waits for all clients together as may. */
  OUTBOUND_BYTES,
  /** More connections came from the client's address than may. */
  ACCEPT_RATE,
  /** More sessions failed to open from the client's address than may. */
  FAILED_OPENS,
  /** The client sent more pings than it may. */
  PING_FLOOD,
  /** The client sent more cancels than it may. */
  CANCEL_FLOOD,
  /**
   * The client sent more of what costs work and carries nothing than it may, where a connection has
   * streams: settings, resets, empty pieces, headers in many pieces.
   */
  FRAME_FLOOD,
  /** What came isn't what HTTP/2 allows. */
  BROKEN_HTTP2,
  /** The session lived as long as it may. */
  LIFETIME,
  /**
   * The client went before it had a session, and after the handshake if there is one: a port scan,
   * or a health check that only connects.
   */
  NEVER_OPENED,
  /** A trusted proxy's connection didn't begin with a PROXY header, or not in time. */
  PROXY_HEADER,
  /** The handshake was not done in time. */
  HANDSHAKE_TIMEOUT,
  /** The client went in the middle of the handshake, or before it. */
  HANDSHAKE_ABANDONED,
  /** The handshake failed: no common version or protocol, or a certificate that isn't trusted. */
  HANDSHAKE_FAILED,
  /** The port speaks TLS, and the client didn't. */
  NOT_TLS,
  /** The port doesn't speak TLS, and the client did. */
  UNEXPECTED_TLS,
  /** The client spoke HTTP, where that isn't spoken or in another way. */
  UNEXPECTED_HTTP,
  /** A browser's page asked for a WebSocket whose origin isn't allowed. */
  FOREIGN_ORIGIN,
  /** The client spoke text: another protocol, or a person did. */
  UNEXPECTED_TEXT,
  /** What came after the handshake wasn't what TLS allows. */
  BROKEN_TLS
}
