package dev.mooring.store;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps sessions and their modules beyond the process. Of a session it has a head, which says
 * enough to know it by, a body, which is all the rest, and what has been appended to that since;
 * all of them are bytes to it.
 *
 * <p>What is written is read back as it was, or not at all: whatever isn't what was written is
 * reported as damaged. Nothing here looks at a clock, and nothing is forgotten that nobody removed.
 *
 * <p>Every method may block on a disk, and none is for an event loop. They may be called on any
 * thread and at the same time, save where one says otherwise; after {@link #close} they all throw,
 * and {@link #sizeBytes} goes on to answer.
 */
public interface SessionStore extends AutoCloseable {
  /**
   * The longest id of a session or key of a module, in bytes of UTF-8; the shortest has one. No
   * byte of it is 0.
   */
  int MAX_ID_BYTES = 255;

  /**
   * What is known of a session without reading it.
   *
   * @param bytes a few hundred; the store's from now on, and not to be written to
   * @param keys by which a server asks for it that doesn't know it, each another session's never;
   *     only a {@link SharedStore} asks what they are, on a writing thread
   * @param wakeMillis when something is to be done with it though nobody asks, in milliseconds
   *     since 1970; {@link Long#MAX_VALUE} for never; likewise
   * @param ttlMillis how long it may be without a server from the moment on at which that was lost
   *     which had it, if it had a client there; else {@link Long#MAX_VALUE}; likewise
   */
  @SuppressWarnings("ArrayRecordComponent") // The store's, and never written to.
  record Head(byte[] bytes, Supplier<List<byte[]>> keys, long wakeMillis, long ttlMillis) {
    /** One that is found by nothing but its id, and wants nothing by itself. */
    public static Head of(byte[] bytes) {
      return new Head(bytes, List::of, Long.MAX_VALUE, Long.MAX_VALUE);
    }
  }

  /** What is to be changed of one session. */
  sealed interface Change {
    /** The incarnation of a session that isn't in any store yet. */
    long NEW = -1;

    /** The session it is about. */
    String id();

    /**
     * Whose change it is: {@link #NEW} for the first one of a session, 0 for what follows, and of
     * one that was {@linkplain SharedStore#claim claimed} what that gave. A store that is shared
     * refuses what comes of any other.
     */
    long incarnation();

    /**
     * This is the session from now on, whether there was one of this id or not, and nothing is
     * appended to it yet.
     *
     * @param body read when the session wakes; the store's from now on, and not to be written to
     */
    @SuppressWarnings("ArrayRecordComponent") // The store's, and never written to.
    record Put(String id, long incarnation, Head head, byte[] body) implements Change {}

    /**
     * Something follows the session's body, and what was appended before. The session is there;
     * else what becomes of it isn't said.
     *
     * @param head takes the place of the one before; null to leave that as it is
     * @param appended the store's from now on, and not to be written to
     */
    @SuppressWarnings("ArrayRecordComponent") // The store's, and never written to.
    record Append(String id, long incarnation, @Nullable Head head, byte[] appended)
        implements Change {}

    /** There is no such session from now on; nothing is changed if there was none. */
    record Remove(String id, long incarnation) implements Change {}
  }

  /** Is shown every session. */
  interface Visitor {
    /**
     * One that is whole, as far as its head goes.
     *
     * @param head the visitor's own
     */
    void session(String id, byte[] head);

    /**
     * One that can't be read: it is passed over, and stays where it is until it is removed or put
     * anew.
     *
     * @param why what was wrong, in words for whoever runs the server
     */
    void damaged(String id, String why);
  }

  /**
   * Visits all sessions, each once, on the caller's thread: those that were there when it began,
   * whatever is written meanwhile. The visitor may read and write, but not close.
   *
   * @throws StoreException if it can't be read, or so much is damaged that it can't be told which
   *     sessions are
   */
  void scan(Visitor visitor) throws StoreException;

  /**
   * The body of a session and what was appended to it, in order; nothing if there is none. The
   * arrays are the caller's own.
   *
   * @throws StoreException if it can't be read or any of it is damaged
   */
  List<byte[]> read(String id) throws StoreException;

  /** How many threads may {@link #write} at a time, each other sessions' changes. */
  default int writers() {
    return 1;
  }

  /**
   * Makes changes: all of them or none, in this order, so that of two to one session the later one
   * holds. Whatever was written before of the same session is there whenever this is; and if there
   * is only one {@linkplain #writers writer}, whatever was written before at all.
   *
   * @param changes may be empty, and with {@code sync} everything before is on the disk then
   * @param sync whether it and everything written before is on the disk when this returns; else it
   *     is with the operating system, which keeps it if this process ends in whatever way, and not
   *     if the machine does
   * @return those of the changes that weren't made, as their sessions aren't this server's any
   *     more; all others were
   * @throws StoreException if that would make the store larger than it may be: nothing is changed;
   *     or if the disk refuses: nothing is changed for whoever reads, but all of it may be there
   *     when the store is opened again, since a disk that fails doesn't say how far it came
   */
  Collection<Change> write(List<Change> changes, boolean sync) throws StoreException;

  /**
   * What is kept of a module; null if nothing is.
   *
   * @throws StoreException if they can't be read or are damaged
   */
  byte @Nullable [] module(String key) throws StoreException;

  /**
   * Keeps a module as bytes, on the disk when this returns. Does nothing if it has some under this
   * key, and writes them anew if those are damaged.
   *
   * @throws StoreException as for {@link #write}
   */
  void putModule(String key, byte[] module) throws StoreException;

  /**
   * Forgets modules that none of these keys is of.
   *
   * @throws StoreException if the disk refuses
   */
  void retainModules(Set<String> keys) throws StoreException;

  /** What it takes on disk, in bytes. */
  long sizeBytes();

  /**
   * Makes a copy that can be opened as a store, while this one is in use. It has everything that
   * was written before, and of what is written meanwhile a part that ends between two writes.
   *
   * @param folder where the copy goes, which isn't there yet, in a folder that is
   * @throws StoreException if it can't be made; there is nothing in its place then
   */
  void backup(Path folder) throws StoreException;

  /**
   * Syncs everything and lets go of the disk. Waits for whoever is in another method. Does nothing
   * when called again.
   */
  @Override
  void close();
}
