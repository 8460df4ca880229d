package dev.mooring.conformance;

import java.io.IOException;
import java.net.SocketTimeoutException;
import org.jspecify.annotations.Nullable;

/** What carries messages to the server under test and back. Blocking. */
interface Line extends AutoCloseable {
  /** More than any server that keeps its limits sends in one message. */
  int MAX_MESSAGE_BYTES = 64 << 20;

  /** Sends bytes: messages, each behind its length as Mooring's own protocol has it. */
  void send(byte[] bytes, int from, int to) throws IOException;

  /** Whether ending the output alone is possible. */
  boolean canEndOutput();

  /** Ends this side; the other goes on. */
  void endOutput() throws IOException;

  /**
   * The next message; null when the server has ended its side.
   *
   * @throws Finding if what came is none
   * @throws SocketTimeoutException if nothing comes
   */
  byte @Nullable [] readMessage() throws SocketTimeoutException, IOException, Finding;

  @Override
  void close() throws IOException;
}
