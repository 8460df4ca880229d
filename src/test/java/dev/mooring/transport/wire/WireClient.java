package dev.mooring.transport.wire;

/**
 * A client of some wire, for {@link WireContract}. What it says gathers until it is flushed, so
 * that it leaves in as many pieces as a test wants. It reads nothing unless it is asked to.
 *
 * <p>One thread may write and another read.
 */
public interface WireClient extends AutoCloseable {
  void open(String module);

  /** A call whose arguments are each an {@link Integer} or a {@link Long}. */
  void call(long id, String function, byte[] input, Object... arguments);

  void cancel(long id);

  void ping(long token);

  /** Asks for the end of the session. */
  void requestClose();

  /** The beginning of a message that is so long. */
  void beginMessage(int bytes);

  /** What no message begins with. */
  void garbage();

  /** How many bytes have gathered. */
  int gathered();

  /** Sends the first so many bytes of what has gathered, in one piece. */
  void flush(int bytes);

  /** Sends what has gathered, in one piece. */
  default void flush() {
    flush(gathered());
  }

  /** Waits for what comes next. */
  Heard read();

  /** Ends this side of the connection; the server's stays. */
  void halfClose();

  /** Ends the connection as a process that is killed might. */
  void reset();

  @Override
  void close();
}
