package dev.mooring.transport.admission;

import dev.mooring.rate.Rate;
import dev.mooring.session.ErrorCode;
import dev.mooring.session.Problem;
import dev.mooring.transport.config.AdmissionLimits;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.loop.HeldTotals;
import java.net.InetAddress;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Lets connections in to the whole server or not, and counts those that it turned away, by reason.
 *
 * <p>Thread-safe.
 */
public final class AdmissionControl {
  private static final long SECOND_NANOS = 1_000_000_000;
  private static final int MINUTE_SECONDS = 60;

  /** So many that were turned away may take their time to read why; others are just cut off. */
  private static final int MAX_LINGERING = 1_000;

  private final ConnectionLimiter limiter;
  private final AddressRateLimiter accepts;
  private final AddressRateLimiter failedOpens;
  private final AtomicInteger lingering = new AtomicInteger();
  private final Map<RejectReason, LongAdder> byReason = new EnumMap<>(RejectReason.class);
  private final Map<ErrorCode, LongAdder> byCode = new EnumMap<>(ErrorCode.class);

  public AdmissionControl(ConnectionLimits limits, AdmissionLimits rates, HeldTotals totals) {
    this.limiter = new ConnectionLimiter(limits, totals);
    this.accepts =
        new AddressRateLimiter(
            new Rate(rates.acceptsPerSecond(), SECOND_NANOS, rates.acceptBurst()),
            rates.addresses());
    this.failedOpens =
        new AddressRateLimiter(
            new Rate(
                rates.failedOpensPerMinute(),
                MINUTE_SECONDS * SECOND_NANOS,
                Math.max(1, rates.failedOpensPerMinute())),
            rates.addresses());
    for (RejectReason reason : RejectReason.values()) {
      byReason.put(reason, new LongAdder());
    }
    for (ErrorCode code : ErrorCode.values()) {
      byCode.put(code, new LongAdder());
    }
  }

  /** From now on goes by other limits; the rates of addresses stay what they are. */
  public void limits(ConnectionLimits changed) {
    limiter.limits(changed);
  }

  /**
   * A connection has come.
   *
   * @return why it can't be let in, or null; then it must {@link #leave} some day
   */
  @Nullable Refusal enter(ConnectionAdmission admission) {
    Refusal refusal = enterAgain(admission);
    return refusal == null ? limiter.enter(admission.address()) : refusal;
  }

  /**
   * Somebody has come who has a place already.
   *
   * @return why they can't be let in, or null
   */
  @Nullable Refusal enterAgain(ConnectionAdmission admission) {
    InetAddress address = Addresses.of(admission.address());
    if (address != null && !accepts.take(address, System.nanoTime())) {
      return new Refusal(
          RejectReason.ACCEPT_RATE,
          new Problem(
              ErrorCode.RATE_EXCEEDED,
              "more connections come from your address than may; try again later"));
    }
    return null;
  }

  /** Whether so many sessions failed to open from there that no other is tried now. */
  boolean failsTooOften(ConnectionAdmission admission) {
    InetAddress address = Addresses.of(admission.address());
    return address != null && failedOpens.isSpent(address, System.nanoTime());
  }

  /** A session couldn't be opened, for what its client asked. */
  void failedToOpen(ConnectionAdmission admission) {
    InetAddress address = Addresses.of(admission.address());
    if (address != null) {
      failedOpens.charge(address, System.nanoTime());
    }
  }

  /** Whether one more that was turned away may take its time; then it must {@link #lingered}. */
  boolean tryLinger() {
    if (lingering.incrementAndGet() > MAX_LINGERING) {
      lingering.decrementAndGet();
      return false;
    }
    return true;
  }

  void lingered() {
    lingering.decrementAndGet();
  }

  /** How many connections are in. */
  public int connections() {
    return limiter.connections();
  }

  /** A connection that was let in is gone. */
  void leave(ConnectionAdmission admission) {
    limiter.leave(admission.address());
  }

  void count(RejectReason reason) {
    increment(byReason.get(reason));
  }

  void count(ErrorCode code) {
    increment(byCode.get(code));
  }

  private static void increment(@Nullable LongAdder counter) {
    if (counter != null) {
      counter.increment();
    }
  }

  public RejectCounts counts() {
    var all = new TreeMap<String, Long>();
    byReason.forEach((reason, count) -> all.put(reason.name(), count.sum()));
    byCode.forEach((code, count) -> all.put(code.name(), count.sum()));
    all.values().removeIf(count -> count == 0);
    return new RejectCounts(all);
  }
}
