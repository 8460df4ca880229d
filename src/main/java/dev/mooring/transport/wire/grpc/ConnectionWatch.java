package dev.mooring.transport.wire.grpc;

import dev.mooring.transport.admission.RejectReason;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.loop.HeldBytes;
import dev.mooring.transport.loop.SweptConnection;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.http2.Http2Error;

/**
 * How long an HTTP/2 connection has kept us waiting, beside what its streams have: for its first
 * settings, for a stream, to take anything of what was written. What is held for its client is its
 * streams'.
 *
 * <p>Event loop only.
 */
final class ConnectionWatch extends SweptConnection {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final GrpcConnection connection;
  private final Channel channel;
  private final TransportConfig config;
  private long lookedAtNanos;
  private long beginningNanos;
  private long streamlessNanos;
  private long stalledNanos;

  /** What was first to leave at the last look, and how much of it had left. */
  private int firstSeen;

  private long leftSeen;

  /** Of a connection that has just come. */
  ConnectionWatch(
      GrpcConnection connection, Channel channel, TransportConfig config, long nowNanos) {
    this.connection = connection;
    this.channel = channel;
    this.config = config;
    this.lookedAtNanos = nowNanos;
  }

  @Override
  public void look(long nowNanos) {
    long passedNanos = nowNanos - lookedAtNanos;
    lookedAtNanos = nowNanos;
    if (connection.isDraining()) {
      connection.goAway("the server stops");
    }
    beginningNanos = connection.hasSettings() ? 0 : beginningNanos + passedNanos;
    streamlessNanos = connection.hasStreams() ? 0 : streamlessNanos + passedNanos;
    stalledNanos = isStuck() ? stalledNanos + passedNanos : 0;
    if (isOver(stalledNanos, config.limits().writeStallMillis())) {
      connection.abandon();
    } else if (isOver(beginningNanos, config.listener().limits().handshakeMillis())) {
      connection.end(
          RejectReason.HANDSHAKE_TIMEOUT, Http2Error.PROTOCOL_ERROR, "no settings came in time");
    } else if (isOver(streamlessNanos, config.listener().limits().streamlessMillis())) {
      connection.goAway("there was no stream for long");
    }
  }

  /** Whether something waits to leave, and nothing has left since the last look. */
  private boolean isStuck() {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    Object first = buffer == null ? null : buffer.current();
    int seen = first == null ? 0 : System.identityHashCode(first);
    long left = first == null ? 0 : buffer.currentProgress();
    boolean stuck = first != null && seen == firstSeen && left == leftSeen;
    firstSeen = seen;
    leftSeen = left;
    return stuck;
  }

  private static boolean isOver(long nanos, int limitMillis) {
    return nanos >= limitMillis * NANOS_PER_MILLI;
  }

  @Override
  public HeldBytes held() {
    return HeldBytes.NONE;
  }

  @Override
  public long inboundBytes() {
    return 0;
  }

  @Override
  public long outboundBytes() {
    return 0;
  }

  @Override
  public void endForInbound() {
    connection.abandon();
  }

  @Override
  public void endForOutbound() {
    connection.abandon();
  }
}
