package dev.mooring.transport.wire;

import dev.mooring.session.Problem;
import dev.mooring.transport.admission.ConnectionAdmission;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.loop.LoopContext;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;

/**
 * One protocol's way of carrying messages on connections: what it is called, how it is recognised,
 * and what makes messages of a channel's bytes and bytes of messages.
 *
 * <p>Any thread, but for what {@link OnLoop} is for.
 */
public interface Wire {
  /** What it is called where TLS negotiates protocols (ALPN). */
  String alpn();

  /** What its messages are, for people who came to the wrong port. */
  String inWords();

  /**
   * Whether a connection that begins so is this wire's.
   *
   * @param first what has come so far, at least a byte of it; borrowed, and not read from
   */
  Recognition recognise(ByteBuf first);

  /** What the first bytes say. */
  enum Recognition {
    YES,
    NO,
    /** They are too few to tell. */
    PERHAPS
  }

  /** A last message for a client of this wire that is turned away; the caller's to release. */
  ByteBuf refusal(ByteBufAllocator allocator, Problem problem);

  /** This wire on one of the server's event loops, which asks for it once. */
  OnLoop on(LoopContext loop);

  /** A wire on one event loop. */
  interface OnLoop {
    /**
     * Adds to the end of a channel's pipeline what makes it a connection of this wire's. The last
     * of it is a {@link Connection}. Event loop only.
     *
     * @param config what the connection is kept by
     */
    void addTo(Channel channel, ConnectionAdmission admission, TransportConfig config);
  }
}
