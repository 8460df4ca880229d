package dev.mooring.transport.loop;

/**
 * What a server holds for all its clients together.
 *
 * @param inbound what came from them and isn't done: bytes that are no whole message yet or are
 *     held back, and calls that wait
 * @param outbound what waits to be written to them
 */
public record HeldTotals(ByteTotal inbound, ByteTotal outbound) {
  /** Nothing yet; so much may be held. */
  public HeldTotals(long inboundLimitBytes, long outboundLimitBytes) {
    this(new ByteTotal(inboundLimitBytes), new ByteTotal(outboundLimitBytes));
  }

  /** An event loop's part. */
  public Shares newShares() {
    return new Shares(inbound.new Share(), outbound.new Share());
  }

  /** What is held for the clients of one event loop. Event loop only. */
  public record Shares(ByteTotal.Share inbound, ByteTotal.Share outbound) {}
}
