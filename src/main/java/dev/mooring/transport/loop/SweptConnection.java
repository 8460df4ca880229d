package dev.mooring.transport.loop;

/**
 * A connection, as its event loop's {@link ConnectionSweep sweep} sees it.
 *
 * <p>Event loop only.
 */
public abstract class SweptConnection {
  /** Where the sweep has it. */
  int place;

  /** Looks how things are, and ends what has taken too long. */
  public abstract void look(long nowNanos);

  /** What is held for the client. */
  public abstract HeldBytes held();

  /** What came from the client and isn't done, in bytes. */
  public abstract long inboundBytes();

  /** What waits for the client to read it, in bytes. */
  public abstract long outboundBytes();

  /** Ends the connection, as too much is held of all that clients sent, and much of it here. */
  public abstract void endForInbound();

  /** Ends the connection, as too much waits for all clients, and much of it here. */
  public abstract void endForOutbound();
}
