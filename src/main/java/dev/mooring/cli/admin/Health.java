package dev.mooring.cli.admin;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Whether a server is ready, as it tells load balancers. */
final class Health {
  private Health() {}

  static boolean isReady(Map<String, Object> now) {
    return reasons(now).equals(List.of("ready"));
  }

  /** Why it isn't; or that it is. */
  static List<String> reasons(Map<String, Object> now) {
    var reasons = new ArrayList<String>();
    if (Looks.is(now, "draining")) {
      reasons.add("draining");
    }
    if (Looks.is(now, "kept", "store_failed")) {
      reasons.add("the store has failed");
    }
    if (Looks.at(now, "kept", "store_trouble") != null) {
      reasons.add("the store can't be had for now");
    }
    for (Map<?, ?> loop : Looks.list(now, "loops")) {
      if (Looks.is(loop, "sick")) {
        reasons.add("event loop " + Looks.text(loop, "loop") + " is held up");
      }
    }
    return reasons.isEmpty() ? List.of("ready") : reasons;
  }
}
