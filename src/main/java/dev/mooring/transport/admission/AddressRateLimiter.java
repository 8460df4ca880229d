package dev.mooring.transport.admission;

import dev.mooring.rate.Rate;
import dev.mooring.rate.RateLimiter;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Holds each address to a rate; a bounded number of addresses is remembered.
 *
 * <p>Thread-safe: event loops meet here once for a connection.
 */
final class AddressRateLimiter {
  private final Rate rate;
  private final Map<InetAddress, RateLimiter> limiters;

  /**
   * No address has been heard of yet.
   *
   * @param addresses how many addresses are remembered
   */
  AddressRateLimiter(Rate rate, int addresses) {
    this.rate = rate;
    this.limiters =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<InetAddress, RateLimiter> eldest) {
            return size() > addresses;
          }
        };
  }

  /** Counts one more, unless that is too many; says whether it was counted. */
  synchronized boolean take(InetAddress address, long nowNanos) {
    return rate.units() == 0 || limiter(address, nowNanos).tryTake(1, nowNanos);
  }

  /** Whether one more would be too many. */
  synchronized boolean isSpent(InetAddress address, long nowNanos) {
    RateLimiter limiter = limiters.get(address);
    return limiter != null && !limiter.has(1, nowNanos);
  }

  /** Counts one more, though it may be too many. */
  synchronized void charge(InetAddress address, long nowNanos) {
    if (rate.units() > 0) {
      limiter(address, nowNanos).charge(1, nowNanos);
    }
  }

  private RateLimiter limiter(InetAddress address, long nowNanos) {
    return limiters.computeIfAbsent(address, unheard -> new RateLimiter(rate, nowNanos));
  }

  /** How many addresses are remembered. */
  synchronized int size() {
    return limiters.size();
  }
}
