package dev.mooring.transport;

import dev.mooring.session.ErrorCode;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Stands at the door of the whole server: lets connections in or not, and counts those that it
 * turned away, by reason.
 *
 * <p>Thread-safe.
 */
final class Doorkeeper {
  private final Admission admission;
  private final Map<DoorReason, LongAdder> byReason = new EnumMap<>(DoorReason.class);
  private final Map<ErrorCode, LongAdder> byCode = new EnumMap<>(ErrorCode.class);

  Doorkeeper(ConnectionLimits limits, OutboundTotal outbound) {
    this.admission = new Admission(limits, outbound);
    for (DoorReason reason : DoorReason.values()) {
      byReason.put(reason, new LongAdder());
    }
    for (ErrorCode code : ErrorCode.values()) {
      byCode.put(code, new LongAdder());
    }
  }

  /**
   * A connection has come.
   *
   * @return why it can't be let in, or null; then it must {@link #leave} some day
   */
  @Nullable Refusal enter(Visitor visitor) {
    return admission.enter(visitor.address());
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
