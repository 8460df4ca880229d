package dev.mooring.client;

import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Kept;
import org.jspecify.annotations.Nullable;

/**
 * How far a kept session has come, as its client knows: what came of it, what of that the server
 * was told, and which calls are over. It is what another connection goes on from.
 *
 * <p>Invariant: all that the session has said up to {@code received} has come, once, in order.
 *
 * <p>On the session's event loop, but for what says otherwise.
 */
final class Progress {
  /** At the latest after so many messages the server is told that they have come. */
  static final int ACKNOWLEDGED_MESSAGES = 64;

  /** And after so many bytes, likewise. */
  static final int ACKNOWLEDGED_BYTES = 64 << 10;

  /** Whether there may be sequences that never come: those of another program's answers. */
  private final boolean mayHaveGaps;

  private volatile SessionToken token;
  private volatile long received;

  /** Every call up to this one is over, as far as the server has told; unsigned. */
  private long lastOverId;

  private int unacknowledgedMessages;
  private long unacknowledgedBytes;

  /** Whether the server is about to be told. */
  private boolean isAcknowledging;

  /**
   * Of a session that was just opened.
   *
   * @param resume from where, if it is one that was there before
   */
  Progress(Kept kept, OpenOptions.@Nullable Resume resume) throws ProtocolViolation {
    this.mayHaveGaps = kept.getResumed();
    this.token = Translation.token(kept);
    this.received = resume == null ? 0 : resume.received();
    this.lastOverId = kept.getCommittedId();
  }

  /** Whether a kept session, as far as its client knows, is there after this. */
  static boolean survives(MooringException why) {
    return switch (why.code()) {
      // A frame that isn't whole is what the server sees of a connection that broke.
      case CONNECTION_LOST, CONNECT_FAILED, OPEN_TIMEOUT, MALFORMED_FRAME -> true;
      case SESSION_EXPIRED -> false;
      default -> why.fromServer() && why.retryable();
    };
  }

  /** Any thread. */
  SessionToken token() {
    return token;
  }

  /** The sequence of the last message that came, and was heard; 0 if none was. Any thread. */
  long received() {
    return received;
  }

  /** Whether a message of this sequence hasn't come before. */
  boolean isNew(long sequence) throws ProtocolViolation {
    if (sequence <= 0 || (sequence > received + 1 && !mayHaveGaps)) {
      throw new ProtocolViolation(
          "a message of a kept session has the sequence %d, expected %d"
              .formatted(sequence, received + 1));
    }
    return sequence > received;
  }

  /**
   * A new message was heard.
   *
   * @param bytes its length
   * @return whether the server is to be told, and isn't about to be
   */
  boolean heard(long sequence, int bytes) {
    received = sequence;
    unacknowledgedMessages++;
    unacknowledgedBytes += bytes;
    boolean isDue =
        unacknowledgedMessages >= ACKNOWLEDGED_MESSAGES
            || unacknowledgedBytes >= ACKNOWLEDGED_BYTES;
    if (!isDue || isAcknowledging) {
      return false;
    }
    isAcknowledging = true;
    return true;
  }

  /** Tells the server what has come. */
  ClientMessage acknowledge() {
    acknowledged();
    return Translation.acknowledge(received);
  }

  private void acknowledged() {
    isAcknowledging = false;
    unacknowledgedMessages = 0;
    unacknowledgedBytes = 0;
  }

  /** A call was. */
  void answered(long id) {
    if (Long.compareUnsigned(id, lastOverId) > 0) {
      lastOverId = id;
    }
  }

  /** Whether a call after this one is over, as the server had told. */
  boolean isAheadOf(long committedId) {
    return Long.compareUnsigned(lastOverId, committedId) > 0;
  }

  /** Another connection goes on, which began by saying what has come. */
  void resumed(Kept kept) throws ProtocolViolation {
    token = Translation.token(kept);
    lastOverId = kept.getCommittedId();
    acknowledged();
  }
}
