package dev.mooring.session;

import dev.mooring.store.SessionStore;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What must be known of a stored session while it sleeps: who may have it, and when it wants
 * something.
 *
 * @param id names the session
 * @param module the reference that its first client gave
 * @param moduleDigest of the bytes that it runs
 * @param imageDigest of the image that it is a difference from
 * @param tenant whose it is; null where nobody was asked who they are
 * @param name under which it is found; empty for none
 * @param durability what it was promised to survive
 * @param tokenDigests of its tokens, the oldest first; the last one holds
 * @param ttlMillis how long it lives without a connection
 * @param endMillis when its life is over, in milliseconds since 1970, or {@link
 *     SessionLifetime#NEVER}
 * @param expiresMillis when its time without a connection is over; 0 if it was on one
 * @param dueMillis when the first of its timers is due; {@link #NO_TIMER} if none is set
 */
record KeptHead(
    String id,
    String module,
    String moduleDigest,
    String imageDigest,
    @Nullable String tenant,
    String name,
    Durability durability,
    List<TokenDigest> tokenDigests,
    long ttlMillis,
    long endMillis,
    long expiresMillis,
    long dueMillis) {
  static final long NO_TIMER = Long.MAX_VALUE;

  KeptHead {
    tokenDigests = List.copyOf(tokenDigests);
  }

  /** What a store is given of it. */
  SessionStore.Head toStore() {
    boolean isAttached = expiresMillis == 0;
    long lastMillis = isAttached ? endMillis : Math.min(expiresMillis, endMillis);
    return new SessionStore.Head(
        KeptFormat.write(this),
        () -> KeptKey.all(this),
        Math.min(dueMillis, lastMillis),
        isAttached ? ttlMillis : Long.MAX_VALUE);
  }
}
