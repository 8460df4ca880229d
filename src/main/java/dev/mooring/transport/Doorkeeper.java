package dev.mooring.transport;

import dev.mooring.session.ErrorCode;
import dev.mooring.session.Problem;
import java.net.InetAddress;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Stands at the door of the whole server: lets connections in or not, and counts those that it
 * turned away, by reason.
 *
 * <p>Thread-safe.
 */
final class Doorkeeper {
  private static final long SECOND_NANOS = 1_000_000_000;
  private static final int MINUTE_SECONDS = 60;

  /** So many that were turned away may take their time to read why; others are just cut off. */
  private static final int MAX_LINGERING = 1_000;

  private final Admission admission;
  private final AddressRates accepts;
  private final AddressRates failedOpens;
  private final AtomicInteger lingering = new AtomicInteger();
  private final Map<DoorReason, LongAdder> byReason = new EnumMap<>(DoorReason.class);
  private final Map<ErrorCode, LongAdder> byCode = new EnumMap<>(ErrorCode.class);

  Doorkeeper(ConnectionLimits limits, DoorLimits rates, Totals totals) {
    this.admission = new Admission(limits, totals);
    this.accepts =
        new AddressRates(
            rates.acceptsPerSecond(), SECOND_NANOS, rates.acceptBurst(), rates.addresses());
    this.failedOpens =
        new AddressRates(
            rates.failedOpensPerMinute(),
            MINUTE_SECONDS * SECOND_NANOS,
            Math.max(1, rates.failedOpensPerMinute()),
            rates.addresses());
    for (DoorReason reason : DoorReason.values()) {
      byReason.put(reason, new LongAdder());
    }
    for (ErrorCode code : ErrorCode.values()) {
      byCode.put(code, new LongAdder());
    }
  }

  /** From now on goes by other limits; the rates of addresses stay what they are. */
  void limits(ConnectionLimits changed) {
    admission.limits(changed);
  }

  /**
   * A connection has come.
   *
   * @return why it can't be let in, or null; then it must {@link #leave} some day
   */
  @Nullable Refusal enter(Visitor visitor) {
    InetAddress address = Addresses.of(visitor.address());
    if (address != null && !accepts.take(address, System.nanoTime())) {
      return new Refusal(
          DoorReason.ACCEPT_RATE,
          new Problem(
              ErrorCode.RATE_EXCEEDED,
              "more connections come from your address than may; try again later"));
    }
    return admission.enter(visitor.address());
  }

  /** Whether so many sessions failed to open from there that no other is tried now. */
  boolean failsTooOften(Visitor visitor) {
    InetAddress address = Addresses.of(visitor.address());
    return address != null && failedOpens.isSpent(address, System.nanoTime());
  }

  /** A session couldn't be opened, for what its client asked. */
  void failedToOpen(Visitor visitor) {
    InetAddress address = Addresses.of(visitor.address());
    if (address != null) {
      failedOpens.charge(address, System.nanoTime());
    }
  }

  /** Whether one more that was turned away may take its time; then it must {@link #lingered}. */
  boolean mayLinger() {
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
  int connections() {
    return admission.connections();
  }

  /** A connection that was let in is gone. */
  void leave(Visitor visitor) {
    admission.leave(visitor.address());
  }

  void count(DoorReason reason) {
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

  DoorCounts counts() {
    var all = new TreeMap<String, Long>();
    byReason.forEach((reason, count) -> all.put(reason.name(), count.sum()));
    byCode.forEach((code, count) -> all.put(code.name(), count.sum()));
    all.values().removeIf(count -> count == 0);
    return new DoorCounts(all);
  }
}
