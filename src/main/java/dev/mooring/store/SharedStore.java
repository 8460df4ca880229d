package dev.mooring.store;

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
   * Takes a session over from whoever has it: from now on it is this node's. What another node is
   * writing of it at the moment is in it, or is refused. Not for one that is this node's.
   *
   * @return null if there is no such session
   * @throws StoreException if it can't be had, {@link StoreUnavailable} if not for now
   */
  @Nullable Claimed claim(String id) throws StoreException;

  /** The time of day, in milliseconds since 1970, by the one clock that all nodes go by. */
  long currentTimeMillis();

  /** From now on nothing waits for a store that can't be had: what would have to fails. */
  void waitNoLonger();

  /** Why the store can't be had for now, in words for whoever runs the server; null if it can. */
  @Nullable String trouble();
}
