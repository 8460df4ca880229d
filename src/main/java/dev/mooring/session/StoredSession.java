package dev.mooring.session;

import dev.mooring.guest.GuestModule;
import dev.mooring.guest.PortableModule;
import dev.mooring.state.StateException;
import dev.mooring.store.SessionStore;
import dev.mooring.store.StoreException;
import dev.mooring.store.StoreUnavailable;
import dev.mooring.store.StoreWriter;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * One kept session's place in the store: what of it isn't written yet, and what isn't safe. Writes
 * are numbered; what the session says waits at its gate until the write is safe that holds what it
 * saw.
 *
 * <p>A write is what has changed since the one before, or, when that isn't worth it any more, all
 * that the session is.
 *
 * <p>Event loop only, the session's.
 */
final class StoredSession {
  /** So many changes follow a whole write at most: each must be read when the session wakes. */
  static final int MAX_CHANGES = 64;

  /** As much may follow one however small it is: to read it costs no more. */
  static final int LEAST_CHANGES_BYTES = 4 * 1024;

  private final KeptSession kept;
  private final StoreWriter writer;
  private final Durability durability;

  /** As what this server has it in a store that is shared. */
  private final long incarnation;

  /** Whether nothing of it was written yet. */
  private boolean isNew;

  /** The first write that says that its client is there. */
  private long attachedWrite;

  private boolean changed;

  /** Whether that is something that its head says. */
  private boolean headChanged;

  /** When its head says that the first of its timers is due. */
  private long headDueMillis = KeptHead.NO_TIMER;

  private long lastWritten;
  private long lastSafe;

  /** What was written as a whole last, in bytes; 0 if that isn't known. */
  private long wholeBytes;

  /** What has followed that. */
  private long changesBytes;

  private int changes;

  private StoredSession(
      KeptSession kept,
      StoreWriter writer,
      Durability durability,
      long incarnation,
      boolean isNew) {
    this.kept = kept;
    this.writer = writer;
    this.durability = durability;
    this.incarnation = incarnation;
    this.isNew = isNew;
  }

  /** Of one that isn't in the store yet. */
  static StoredSession ofNew(KeptSession kept, StoreWriter writer, Durability durability) {
    var stored = new StoredSession(kept, writer, durability, 0, true);
    stored.attachedWrite = 1; // It is opened for a client.
    return stored;
  }

  /**
   * Of one that is in the store.
   *
   * @param incarnation as what this server has it
   */
  static StoredSession ofKnown(
      KeptSession kept, StoreWriter writer, Durability durability, long incarnation) {
    return new StoredSession(kept, writer, durability, incarnation, false);
  }

  /** As what this server has it. Any thread. */
  long incarnation() {
    return incarnation;
  }

  /** Its client is there, which is yet to be written. */
  void attached() {
    attachedWrite = lastWritten + 1;
  }

  /** Whether it is known by now that the session is this server's, with the client it has. */
  boolean isAttachmentSafe() {
    return lastSafe >= attachedWrite;
  }

  Durability durability() {
    return durability;
  }

  /** What is in the store isn't what the session is any more. */
  void change() {
    changed = true;
  }

  /** As {@link #change}, and its head isn't what it is. */
  void changeHead() {
    changed = true;
    headChanged = true;
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

  /**
   * Writes what has changed of the session, or all that it is.
   *
   * @param head what its head is, by when its first timer is due
   */
  void write(GuestModule module, Session session, LongFunction<KeptHead> head) {
    boolean whole = isWholeDue() && !session.isAsleep();
    KeptChange change = whole ? null : session.change(lastWritten + 1);
    if (change == null) {
      writeWhole(module, session, head);
    } else {
      append(session.id(), change, head);
    }
  }

  /** Writes all that the session is; and its module, if the store doesn't have it yet. */
  void writeWhole(GuestModule module, Session session, LongFunction<KeptHead> head) {
    KeptBody body = session.body(lastWritten + 1);
    byte[] bytes = KeptFormat.write(body);
    headDueMillis = body.dueMillis();
    wholeBytes = bytes.length;
    changesBytes = 0;
    changes = 0;
    for (PortableModule each = PortableModule.of(module); each != null; each = each.engine()) {
      writer.keepModule(session.id(), each.key(), each::toBytes);
    }
    SessionStore.Head newHead = head.apply(headDueMillis).toStore();
    long as = isNew ? SessionStore.Change.NEW : incarnation;
    isNew = false;
    write(new SessionStore.Change.Put(session.id(), as, newHead, bytes));
  }

  /** Whether what was written last is all that the session is: then little is read to wake it. */
  boolean isWhole() {
    return changes == 0 && wholeBytes > 0;
  }

  /** When the first of its timers is due, as written last, in milliseconds since 1970. */
  long dueMillis() {
    return headDueMillis;
  }

  private boolean isWholeDue() {
    return wholeBytes == 0
        || changes >= MAX_CHANGES
        || changesBytes > Math.max(LEAST_CHANGES_BYTES, wholeBytes / 2);
  }

  /** A head that says a timer is due before it is does no harm, and isn't worth a write. */
  private void append(String id, KeptChange change, LongFunction<KeptHead> head) {
    Long dueMillis = change.dueMillis();
    if (dueMillis != null && dueMillis < headDueMillis) {
      headDueMillis = dueMillis;
      headChanged = true;
    }
    byte[] bytes = KeptFormat.write(change);
    changesBytes += bytes.length;
    changes++;
    SessionStore.Head newHead = headChanged ? head.apply(headDueMillis).toStore() : null;
    write(new SessionStore.Change.Append(id, incarnation, newHead, bytes));
  }

  /** Removes it. */
  void remove(String id) {
    write(new SessionStore.Change.Remove(id, incarnation));
  }

  private void write(SessionStore.Change change) {
    changed = false;
    headChanged = false;
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

          @Override
          public void refused() {
            kept.execute(() -> kept.gone(true));
          }
        });
  }

  private void isSafe(long number) {
    lastSafe = Math.max(lastSafe, number); // One that follows the session may come late.
    kept.safe(number);
  }

  /** What becomes of a wish to have a session out of the store; where it is at home. */
  interface Loaded {
    /** It is whole, and so is its module. */
    void loaded(KeptBody body, GuestModule module, SessionLimits allowed);

    /** It can't be had for now. */
    void notNow(Problem why);

    /** Nobody can have it any more. */
    void lost(String why);
  }

  /** Reads the session, all writes of which are safe, and has its module ready. */
  void load(KeptHead head, ModuleSource modules, Loaded loaded) {
    read(head.id(), body -> haveModule(head, body, modules, loaded), loaded::lost, loaded::notNow);
  }

  /**
   * Reads the session, all writes of which are safe.
   *
   * @param lost is told why nobody can read it any more
   * @param notNow is told why it can't be read for now
   */
  void read(String id, Consumer<KeptBody> read, Consumer<String> lost, Consumer<Problem> notNow) {
    writer.read(
        id,
        new StoreWriter.Reader() {
          @Override
          public void read(List<byte[]> parts) {
            try {
              KeptBody body = KeptFormat.read(parts);
              kept.execute(() -> hasRead(body, read));
            } catch (StateException e) {
              kept.execute(() -> lost.accept(String.valueOf(e.getMessage())));
            }
          }

          @Override
          public void failed(StoreException why) {
            kept.execute(
                () -> {
                  if (why instanceof StoreUnavailable) {
                    notNow.accept(StoreSearch.unavailable(why));
                  } else {
                    lost.accept(why.getMessage());
                  }
                });
          }
        });
  }

  private void hasRead(KeptBody body, Consumer<KeptBody> read) {
    if (body.number() > lastWritten) { // Else more was written while this was read.
      lastWritten = body.number();
      lastSafe = lastWritten;
    }
    wholeBytes = 0;
    read.accept(body);
  }

  private void haveModule(KeptHead head, KeptBody body, ModuleSource modules, Loaded loaded) {
    modules.recall(
        OpenRequest.moduleName(head.module()),
        head.moduleDigest(),
        head.imageDigest(),
        new ModuleSource.Answer() {
          @Override
          public void found(GuestModule module, SessionLimits limits) {
            kept.execute(() -> loaded.loaded(body, module, limits));
          }

          @Override
          public void notFound(Problem problem) {
            kept.execute(() -> loaded.notNow(problem));
          }
        });
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
