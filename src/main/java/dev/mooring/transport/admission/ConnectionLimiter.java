package dev.mooring.transport.admission;

import dev.mooring.session.ErrorCode;
import dev.mooring.session.Problem;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.loop.HeldTotals;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Counts sessions, in all and for each address, and turns away those that are too many.
 *
 * <p>Thread-safe: event loops meet here once when a connection comes and once when it goes.
 */
final class ConnectionLimiter {
  private volatile ConnectionLimits limits;
  private final HeldTotals totals;
  private final AtomicInteger sessions = new AtomicInteger();
  private final ConcurrentHashMap<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();

  ConnectionLimiter(ConnectionLimits limits, HeldTotals totals) {
    this.limits = limits;
    this.totals = totals;
  }

  /** From now on lets in what these limits allow; who is in stays. */
  void limits(ConnectionLimits changed) {
    limits = changed;
  }

  /**
   * Lets a connection in.
   *
   * @return why not, or null; then it must {@link #leave} some day
   */
  @Nullable Refusal enter(@Nullable SocketAddress remote) {
    if (totals.inbound().isExceeded()) {
      return overloaded(
          RejectReason.INBOUND_BYTES, "the server holds as many bytes of its clients as it may");
    }
    if (totals.outbound().isExceeded()) {
      return overloaded(
          RejectReason.OUTBOUND_BYTES, "the server holds as many bytes for its clients as it may");
    }
    if (sessions.incrementAndGet() > limits.sessions()) {
      sessions.decrementAndGet();
      return overloaded(
          RejectReason.SESSIONS, "there are " + limits.sessions() + " sessions, as many as may be");
    }
    InetAddress address = Addresses.of(remote);
    if (address != null
        && byAddress.merge(address, 1, Integer::sum) > limits.sessionsPerAddress()) {
      leave(remote);
      return overloaded(
          RejectReason.SESSIONS_PER_ADDRESS,
          "there are "
              + limits.sessionsPerAddress()
              + " sessions from your address, as many as may");
    }
    return null;
  }

  private static Refusal overloaded(RejectReason reason, String message) {
    return new Refusal(
        reason, new Problem(ErrorCode.SERVER_OVERLOADED, message + "; try again later"));
  }

  /** A connection that was let in has gone. */
  void leave(@Nullable SocketAddress remote) {
    sessions.decrementAndGet();
    InetAddress address = Addresses.of(remote);
    if (address != null) {
      byAddress.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
    }
  }

  /** How many connections are in. */
  int connections() {
    return sessions.get();
  }

  /** How many addresses have sessions. */
  int addressCount() {
    return byAddress.size();
  }
}
