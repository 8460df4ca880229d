package dev.mooring.store;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A store that several servers have in common, each a node of them. A session is one node's at a
 * time: that which claimed it last. Whatever another still wants to write of it is refused.
 *
 * <p>While the store can't be had, {@link #write} waits until it can, and what reads throws {@link
 * StoreUnavailable} soon.
 */
public interface SharedStore extends SessionStore {
  /**
   * A session that was found, whosever it is.
   *
   * @param head its bytes, the caller's own
   * @param isOurs whether it is this node's
   */
  @SuppressWarnings("ArrayRecordComponent") // The caller's own.
  record Found(String id, byte[] head, boolean isOurs) {}

  /**
   * A session that is this node's from now on.
   *
   * @param incarnation what its changes come of; more than 0
   * @param head its bytes, the caller's own
   * @param lostMillis when the node was found dead that had it, in milliseconds since 1970; 0 if
   *     that lives, or has let go of it
   */
  @SuppressWarnings("ArrayRecordComponent") // The caller's own.
  record Claimed(String id, long incarnation, byte[] head, long lostMillis) {}

  /** Hears what becomes of this node's sessions, on a thread of the store's. It doesn't block. */
  interface Listener {
    /**
     * A session isn't this node's any more; it may have been claimed again.
     *
     * @param isTaken whether another node has it; else nobody has
     */
    void lost(String id, long incarnation, boolean isTaken);

    /** How many sessions may be claimed that nobody asks for here. */
    int room();

    /** A session that was nobody's wants something, and was claimed for that. */
    void claimed(Claimed session);
  }

  /**
   * From now on these are told; and sessions are claimed that are nobody's and want something.
   * Once.
   */
  void listen(Listener listener);

  /**
   * Which session has a key; null if none.
   *
   * @throws StoreException if that can't be told, {@link StoreUnavailable} if not for now
   */
  @Nullable Found find(byte[] key) throws StoreException;

  /**
   * What came of claiming sessions.
   *
   * @param claimed those that are this node's now
   * @param failed those that can't be had, and why; one that is in neither isn't there
   */
  record Claims(Map<String, Claimed> claimed, Map<String, StoreException> failed) {}

  /**
   * Takes sessions over from whoever has them: from now on they are this node's. What another node
   * is writing of one at the moment is in it, or is refused. Not for those that are this node's.
   *
   * @throws StoreException if none can be had, {@link StoreUnavailable} if not for now
   */
  Claims claim(Collection<String> ids) throws StoreException;

  /**
   * Takes one over.
   *
   * @return null if there is no such session
   * @throws StoreException if it can't be had, {@link StoreUnavailable} if not for now
   */
  default @Nullable Claimed claim(String id) throws StoreException {
    Claims claims = claim(List.of(id));
    StoreException failure = claims.failed().get(id);
    if (failure != null) {
      throw failure;
    }
    return claims.claimed().get(id);
  }

  /** The time of day, in milliseconds since 1970, by the one clock that all nodes go by. */
  long currentTimeMillis();

  /** From now on nothing waits for a store that can't be had: what would have to fails. */
  void waitNoLonger();

  /** Why the store can't be had for now, in words for whoever runs the server; null if it can. */
  @Nullable String trouble();
}
