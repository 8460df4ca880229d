package dev.mooring.store;

import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** What a scan has shown: heads as text by id, and why those are damaged that are. */
record Seen(Map<String, String> heads, Map<String, String> damaged) {
  static Seen in(SessionStore store) throws StoreException {
    var seen = new Seen(new TreeMap<>(), new TreeMap<>());
    store.scan(
        new SessionStore.Visitor() {
          @Override
          public void session(String id, byte[] head) {
            assertNull(
                seen.heads.put(id, new String(head, StandardCharsets.ISO_8859_1)), id + " twice");
          }

          @Override
          public void damaged(String id, String why) {
            assertNull(seen.damaged.put(id, why), id + " twice");
          }
        });
    return seen;
  }
}
