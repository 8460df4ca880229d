package dev.mooring.session;

import org.jspecify.annotations.Nullable;

/**
 * What can be seen of one session at a moment, without holding it up. It holds nothing of its
 * guest's, nor any secret.
 *
 * @param id names it in logs, and to its client
 * @param module the reference that its client gave
 * @param digest of the module that it has; empty if it is in the store only
 * @param tenant whose it is; null where nobody is asked who they are
 * @param loop the number of its event loop, from 0
 * @param peer the address of its client; empty if it has none
 * @param kept null if it ends with its connection
 * @param bornMillis when it was opened, in milliseconds since 1970; 0 if it is in the store only
 * @param committed calls of its guest that committed, those of timers too
 * @param rolledBack calls of its guest that did not
 * @param turnNanos how long its turns ran
 * @param queuedCalls calls that wait for its turn
 * @param queuedBytes what they are charged
 * @param memoryPages its memory's size, in pages of 64 KiB; 0 if it is asleep
 * @param heldBytes what is held of its memory, as it differs from its module's image
 * @param timers how many are set or due
 * @param bytesIn of the messages that came on its connection
 * @param bytesOut of those that were sent on it
 */
public record SessionLook(
    String id,
    String module,
    String digest,
    @Nullable String tenant,
    State state,
    int loop,
    String peer,
    @Nullable Kept kept,
    long bornMillis,
    long committed,
    long rolledBack,
    long turnNanos,
    int queuedCalls,
    long queuedBytes,
    int memoryPages,
    long heldBytes,
    int timers,
    long bytesIn,
    long bytesOut) {
  /** Where a session stands. */
  public enum State {
    /** It is on a connection. */
    ATTACHED,
    /** It is kept, and waits for its client. */
    DETACHED,
    /** It has no memory, and what it is is in the store; on a connection or without. */
    ASLEEP,
    /** It serves what was asked, and then ends. */
    ENDING
  }

  /**
   * A call that failed.
   *
   * @param atMillis when, in milliseconds since 1970
   * @param callId 0 of a timer
   * @param message why, as its client was told; the beginning, if it is long
   */
  public record Failure(long atMillis, long callId, ErrorCode code, String message) {}

  /**
   * What is known of one that outlives its connections.
   *
   * @param name which its client gave it; empty for none
   * @param ttlMillis how long it may be without a connection
   * @param expiresMillis when that is over, in milliseconds since 1970; 0 while it is on one
   * @param unacknowledgedBytes what it has said, and its client hasn't acknowledged
   */
  public record Kept(
      String name,
      Durability durability,
      long ttlMillis,
      long expiresMillis,
      long unacknowledgedBytes) {}

  /** Its module's name, without the digest that its client may have asked for. */
  public String moduleName() {
    return OpenRequest.moduleName(module);
  }

  /** Calls of its guest, however they ended. */
  public long calls() {
    return committed + rolledBack;
  }
}
