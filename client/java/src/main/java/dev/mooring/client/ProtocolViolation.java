package dev.mooring.client;

/**
 * The server sent what the protocol doesn't allow; the message says what. Without a stack trace: it
 * tells of the server's bytes, not of our code.
 */
final class ProtocolViolation extends Exception {
  private static final long serialVersionUID = 1L;

  ProtocolViolation(String message) {
    super(message, null, false, false);
  }
}
