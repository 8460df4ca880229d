package dev.mooring.transport.admission;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How often something has come from each address lately: so many at once, then so many in a while.
 * For each address that is one number, the moment at which all that came will have been paid for; a
 * bounded number of addresses is remembered.
 *
 * <p>Thread-safe: event loops meet here once for a connection.
 */
final class AddressRateLimiter {
  private final long intervalNanos;
  private final long burstNanos;
  private final Map<InetAddress, Long> paidAtNanos;

  /**
   * No address has been heard of yet.
   *
   * @param events how many may come, each {@code periodNanos}; 0: any number
   * @param burst how many may come at once
   * @param addresses how many addresses are remembered
   */
  AddressRateLimiter(int events, long periodNanos, int burst, int addresses) {
    this.intervalNanos = events == 0 ? 0 : Math.max(1, periodNanos / events);
    this.burstNanos = burst * intervalNanos;
    this.paidAtNanos =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1;

          @Override
          protected boolean removeEldestEntry(Map.Entry<InetAddress, Long> eldest) {
            return size() > addresses;
          }
        };
  }

  /** Counts one more, unless that is too many; says whether it was counted. */
  synchronized boolean take(InetAddress address, long nowNanos) {
    if (isSpent(address, nowNanos)) {
      return false;
    }
    charge(address, nowNanos);
    return true;
  }

  /** Whether one more would be too many. */
  synchronized boolean isSpent(InetAddress address, long nowNanos) {
    Long paidAt = paidAtNanos.get(address);
    return paidAt != null && paidAt + intervalNanos - nowNanos > burstNanos;
  }

  /** Counts one more, though it may be too many. */
  synchronized void charge(InetAddress address, long nowNanos) {
    if (intervalNanos > 0) {
      Long paidAt = paidAtNanos.get(address);
      long from = paidAt == null || paidAt - nowNanos < 0 ? nowNanos : paidAt;
      paidAtNanos.put(address, from + intervalNanos);
    }
  }

  /** How many addresses are remembered. */
  synchronized int size() {
    return paidAtNanos.size();
  }
}
