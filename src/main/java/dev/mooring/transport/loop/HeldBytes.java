package dev.mooring.transport.loop;

/**
 * What a server holds for its clients at some moment, in bytes.
 *
 * @param queued charged for decoded calls that wait for their turn
 * @param undecoded bytes that came and are no whole message yet, or are held back
 * @param outbound bytes that wait to be written
 */
public record HeldBytes(long queued, long undecoded, long outbound) {
  /** Nothing. */
  public static final HeldBytes NONE = new HeldBytes(0, 0, 0);

  /** Both together. */
  public HeldBytes plus(HeldBytes other) {
    return new HeldBytes(
        queued + other.queued, undecoded + other.undecoded, outbound + other.outbound);
  }

  /** What came from clients. */
  public long inbound() {
    return queued + undecoded;
  }

  /** All of it. */
  public long total() {
    return queued + undecoded + outbound;
  }
}
