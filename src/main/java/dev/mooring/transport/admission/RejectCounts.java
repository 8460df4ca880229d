package dev.mooring.transport.admission;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * How many connections were turned away, or ended for what their clients did, since the server
 * started.
 *
 * @param byReason the name of a {@link RejectReason} or of an error's code; what never happened
 *     isn't in it
 */
public record RejectCounts(Map<String, Long> byReason) {
  public RejectCounts {
    byReason = Collections.unmodifiableSortedMap(new TreeMap<>(byReason));
  }

  /** How many for this reason. */
  public long of(String reason) {
    return byReason.getOrDefault(reason, 0L);
  }

  /** How many for this reason. */
  public long of(RejectReason reason) {
    return of(reason.name());
  }

  /** What has come since an earlier count. */
  public RejectCounts since(RejectCounts earlier) {
    var more = new TreeMap<String, Long>();
    byReason.forEach(
        (reason, count) -> {
          long added = count - earlier.of(reason);
          if (added > 0) {
            more.put(reason, added);
          }
        });
    return new RejectCounts(more);
  }
}
