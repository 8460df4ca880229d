package dev.mooring.loadtest;

import dev.mooring.proto.v1.Acknowledge;
import dev.mooring.proto.v1.ClientMessage;

/**
 * What has come of a kept session, and when its server must hear of that: until then it keeps it,
 * and in the end waits for it.
 *
 * <p>One event loop.
 */
final class Acknowledgements {
  /** At the latest after so many messages, as the protocol has it. */
  static final int MESSAGES = 64;

  /** And after so many bytes, likewise. */
  static final int BYTES = 64 << 10;

  private long received;
  private int messages;
  private int bytes;

  /** The sequence that comes next. */
  long expected() {
    return received + 1;
  }

  /**
   * The next message has come.
   *
   * @param length its bytes
   * @return whether the server must hear of it now
   */
  boolean come(int length) {
    received++;
    messages++;
    bytes += length;
    return messages >= MESSAGES || bytes >= BYTES;
  }

  /** Says what has come. */
  ClientMessage next() {
    messages = 0;
    bytes = 0;
    return ClientMessage.newBuilder()
        .setAcknowledge(Acknowledge.newBuilder().setReceived(received))
        .build();
  }
}
