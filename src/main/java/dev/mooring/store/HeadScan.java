package dev.mooring.store;

import dev.mooring.store.SessionStore.Visitor;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;

/**
 * One reading of all heads, past whatever of them is damaged.
 *
 * <p>A value with a wrong checksum is one session's. But the database reads blocks of some dozen
 * heads, and gives none of a block that isn't whole: then it is found by halving where it can be
 * read again, and which sessions lie between is asked of the bodies, since each session has both.
 * Those whose head is elsewhere are visited all the same.
 *
 * <p>It sees what there was when it began, by one iterator, up to the first damage, and from then
 * on what there is. A snapshot for all of it would have the database write all its tables anew when
 * it is let go.
 *
 * <p>For one thread, and one time.
 */
final class HeadScan implements AutoCloseable {
  /** Ids that differ only further on are passed over together, and found by their bodies. */
  private static final int HALVED_BYTES = 40;

  private static final byte[] HEADS = StoreKey.first(StoreKey.HEAD);

  /** No id is above it: no byte of UTF-8 is 0xFF. */
  private static final byte[] LAST = last();

  private final Path folder;
  private final RocksDB database;
  private final Visitor visitor;
  private final Slice endOfHeads = new Slice(StoreKey.end(StoreKey.HEAD));
  private final Slice endOfBodies = new Slice(StoreKey.end(StoreKey.BODY));
  private final ReadOptions heads;
  private final ReadOptions bodies;

  HeadScan(Path folder, RocksDB database, Visitor visitor) {
    this.folder = folder;
    this.database = database;
    this.visitor = visitor;
    heads = new ReadOptions().setFillCache(false).setIterateUpperBound(endOfHeads);
    bodies = new ReadOptions().setFillCache(false).setIterateUpperBound(endOfBodies);
  }

  void run() throws StoreException {
    byte @Nullable [] from = HEADS;
    while (from != null) {
      from = visitFrom(from);
    }
  }

  /**
   * Visits until the end or until it can't go on, and says where to go on from; null at the end.
   */
  private byte @Nullable [] visitFrom(byte[] from) throws StoreException {
    byte[] next = from;
    try (RocksIterator iterator = database.newIterator(heads)) {
      iterator.seek(from);
      while (iterator.isValid()) {
        byte[] key = iterator.key();
        visit(key, iterator.value());
        next = StoreKey.after(key);
        iterator.next();
      }
      iterator.status();
      return null;
    } catch (RocksDBException e) {
      if (!RocksFailure.isDamage(e)) {
        throw RocksFailure.of(folder, "its sessions can't be read", e);
      }
      byte @Nullable [] readable = readableFrom(next);
      for (byte[] key : headsByBodies(next, readable, e)) {
        visitAlone(key);
      }
      return readable;
    }
  }

  private void visit(byte[] key, byte[] value) {
    String problem = StoredValue.problem(key, value);
    if (problem == null) {
      visitor.session(StoreKey.id(key), StoredValue.content(value));
    } else {
      visitor.damaged(StoreKey.id(key), "its head is damaged: " + problem);
    }
  }

  private void visitAlone(byte[] key) throws StoreException {
    byte @Nullable [] value;
    try {
      value = database.get(heads, key);
    } catch (RocksDBException e) {
      if (!RocksFailure.isDamage(e)) {
        throw RocksFailure.of(folder, "its sessions can't be read", e);
      }
      visitor.damaged(
          StoreKey.id(key), "its head is damaged (RocksDB says \"" + RocksFailure.text(e) + "\")");
      return;
    }
    if (value != null) { // Else it has been removed since.
      visit(key, value);
    }
  }

  /** The heads' keys from one to another, the bodies know. */
  private List<byte[]> headsByBodies(byte[] from, byte @Nullable [] to, RocksDBException damage)
      throws StoreException {
    var keys = new ArrayList<byte[]>();
    try (RocksIterator iterator = database.newIterator(bodies)) {
      iterator.seek(StoreKey.withKind(from, StoreKey.BODY));
      while (iterator.isValid()) {
        byte[] head = StoreKey.withKind(iterator.key(), StoreKey.HEAD);
        if (to != null && Arrays.compareUnsigned(head, to) >= 0) {
          break;
        }
        keys.add(head);
        iterator.next();
      }
      iterator.status();
      return keys;
    } catch (RocksDBException e) {
      if (RocksFailure.isDamage(e)) {
        e.addSuppressed(damage);
        throw RocksFailure.of(folder, "it can't be told which sessions are lost", e);
      }
      throw RocksFailure.of(folder, "its sessions can't be read", e);
    }
  }

  /**
   * The first key behind the damage from which on the database reads again; null if there is none.
   * What lies before it can't be read from anywhere, what lies behind it can.
   */
  private byte @Nullable [] readableFrom(byte[] from) {
    BigInteger damaged = number(from);
    BigInteger readable = number(LAST);
    if (!isReadable(readable)) {
      return null;
    }
    while (readable.subtract(damaged).compareTo(BigInteger.ONE) > 0) {
      BigInteger between = damaged.add(readable).shiftRight(1);
      if (isReadable(between)) {
        readable = between;
      } else {
        damaged = between;
      }
    }
    return key(readable);
  }

  /** An iterator that has met damage goes on to say so wherever it is sent: a new one each time. */
  private boolean isReadable(BigInteger number) {
    try (RocksIterator iterator = database.newIterator(heads)) {
      iterator.seek(key(number));
      iterator.status();
      return true;
    } catch (RocksDBException e) {
      return false;
    }
  }

  private static BigInteger number(byte[] key) {
    byte[] id = Arrays.copyOfRange(key, 1, 1 + HALVED_BYTES);
    return new BigInteger(1, id);
  }

  private static byte[] key(BigInteger number) {
    byte[] digits = number.toByteArray();
    var key = new byte[1 + HALVED_BYTES];
    key[0] = StoreKey.HEAD;
    int length = Math.min(digits.length, HALVED_BYTES);
    System.arraycopy(digits, digits.length - length, key, key.length - length, length);
    return key;
  }

  private static byte[] last() {
    var last = new byte[1 + HALVED_BYTES];
    Arrays.fill(last, (byte) 0xFF);
    return last;
  }

  @Override
  public void close() {
    heads.close();
    bodies.close();
    endOfHeads.close();
    endOfBodies.close();
  }
}
