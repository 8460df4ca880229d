package dev.mooring.session;

import dev.mooring.guest.GuestModule;
import dev.mooring.store.SessionStore;
import dev.mooring.store.StoreWriter;
import org.jspecify.annotations.Nullable;

/**
 * One kept session's place in the store: what of it isn't written yet, and what isn't safe. Writes
 * are numbered; what the session says waits at its gate until the write is safe that holds what it
 * saw.
 *
 * <p>Event loop only, the session's.
 */
final class StoredSession {
  private final KeptSession kept;
  private final StoreWriter writer;
  private final Durability durability;

  private boolean changed;
  private long lastWritten;
  private long lastSafe;

  StoredSession(KeptSession kept, StoreWriter writer, Durability durability) {
    this.kept = kept;
    this.writer = writer;
    this.durability = durability;
  }

  StoreWriter writer() {
    return writer;
  }

  Durability durability() {
    return durability;
  }

  /** What is in the store isn't what the session is any more. */
  void change() {
    changed = true;
  }

  /** Whether there is something to write. */
  boolean isChanged() {
    return changed;
  }

  /** The last write, if it isn't safe yet; else 0. */
  long awaited() {
    return lastWritten > lastSafe ? lastWritten : 0;
  }

  /** Whether the session must wait until what it said before is safe. */
  boolean mustWait() {
    return awaited() != 0 && writer.isFull();
  }

  /** Writes what the session is now; and its module, if the store doesn't have it yet. */
  void write(GuestModule module, KeptHead head, KeptBody body) {
    changed = false;
    writer.keepModule(module.digest(), module.bytes());
    write(new SessionStore.Change.Put(head.id(), KeptFormat.write(head), KeptFormat.write(body)));
  }

  /** Removes it. */
  void remove(String id) {
    changed = false;
    write(new SessionStore.Change.Remove(id));
  }

  private void write(SessionStore.Change change) {
    long number = ++lastWritten;
    writer.write(
        change,
        durability == Durability.DISK,
        new StoreWriter.Outcome() {
          @Override
          public void safe() {
            kept.execute(() -> isSafe(number));
          }

          @Override
          public void failed() {
            kept.execute(kept::storeFailed);
          }
        });
  }

  private void isSafe(long number) {
    lastSafe = Math.max(lastSafe, number); // One that follows the session may come late.
    kept.safe(number);
  }

  /** Why nothing is written any more; null if all is well. */
  @Nullable Problem failure() {
    return writer.failure() == null ? null : storeFailed();
  }

  /** What is said to whoever wants a session that is to outlive the process. */
  static Problem storeFailed() {
    return new Problem(
        ErrorCode.SERVER_OVERLOADED,
        "the server's store failed; what is to outlive the process isn't served for now");
  }
}
