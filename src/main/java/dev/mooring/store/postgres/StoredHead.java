package dev.mooring.store.postgres;

import dev.mooring.store.StoreException;
import dev.mooring.store.StoreKey;
import dev.mooring.store.StoredValue;
import org.jspecify.annotations.Nullable;

/** A session's head as it lies in the database. */
final class StoredHead {
  private StoredHead() {}

  static byte[] of(String id, byte[] head) {
    return StoredValue.of(StoreKey.of(id), head);
  }

  /** What is wrong with one; null if nothing is. */
  static @Nullable String problem(String id, byte[] value) {
    String problem = StoredValue.problem(StoreKey.of(id), value);
    return problem == null ? null : "its head is damaged: " + problem;
  }

  /** The head itself, of a value that has no problem. */
  static byte[] content(byte[] value) {
    return StoredValue.contents(value).getFirst();
  }

  /** That a session can't be read, for whoever wanted it. */
  static StoreException damaged(String where, String id, String why) {
    return new StoreException("%s: session %s: %s".formatted(where, id, why));
  }
}
