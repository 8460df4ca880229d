package dev.mooring.bench;

import com.google.protobuf.ByteString;
import dev.mooring.digest.Sha256;
import dev.mooring.store.RocksStore;
import dev.mooring.store.SessionStore;
import dev.mooring.store.SessionStore.Change;
import dev.mooring.store.SessionStore.Head;
import dev.mooring.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * Fills a store with copies of one session that a server has written there, each with an id and a
 * token of its own. It knows of the server's format only that the id stands in it as text, and the
 * token's digest as bytes: all else is copied as it is.
 *
 * <p>One thread.
 */
final class StoreClones {
  private static final int BATCH = 2_000;
  private static final int TOKEN_BYTES = 32;
  private static final HexFormat HEX = HexFormat.of();

  private final Kept original;

  StoreClones(Kept original) {
    this.original = original;
  }

  /** The copy of this number, as its client would know it. */
  Kept get(int number) {
    return new Kept(id(number), token(number), original.received(), original.sum());
  }

  /** A copy's id: ends as the number says, so that all are of one length, and spread as random. */
  static String id(int number) {
    long spread = (number + 1L) * 0x9E37_79B9_7F4A_7C15L; // An odd number: no two are the same.
    return HEX.toHexDigits(spread);
  }

  private static ByteString token(int number) {
    var token = new byte[TOKEN_BYTES];
    for (int i = 0; i < Integer.BYTES; i++) {
      token[i] = (byte) (number >> (Byte.SIZE * i));
    }
    return ByteString.copyFrom(token);
  }

  /** As the server keeps it. */
  private static byte[] digest(ByteString token) {
    return Sha256.of(HEX.formatHex(token.toByteArray()).getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * Writes so many copies to the store in a folder, which nobody has open.
   *
   * @throws StoreException if it can't be written to
   * @throws Wrong if the original isn't there as it should be
   */
  void write(Path folder, int count) throws StoreException {
    try (SessionStore store = RocksStore.open(folder, Long.MAX_VALUE)) {
      List<byte[]> parts = new ArrayList<>();
      parts.add(head(store));
      parts.addAll(store.read(original.id()));
      Wrong.check(parts.size() > 1, "the store has no session " + original.id());
      var ids = new Stamp(hex(original.id()), parts);
      var digests = new Stamp(digest(original.token()), parts);
      Wrong.check(digests.isInFirst(), "the stored session's token isn't where it was");
      List<Change> batch = new ArrayList<>(BATCH);
      for (int i = 0; i < count; i++) {
        List<byte[]> copy = parts.stream().map(byte[]::clone).toList();
        ids.put(hex(id(i)), copy);
        digests.put(digest(token(i)), copy);
        batch.add(new Change.Put(id(i), Change.NEW, Head.of(copy.getFirst()), copy.get(1)));
        for (byte[] appended : copy.subList(2, copy.size())) {
          batch.add(new Change.Append(id(i), 0, null, appended));
        }
        if (batch.size() >= BATCH || i == count - 1) {
          store.write(batch, i == count - 1);
          batch = new ArrayList<>(BATCH);
        }
      }
    }
  }

  private static byte[] hex(String id) {
    return id.getBytes(StandardCharsets.US_ASCII);
  }

  private byte[] head(SessionStore store) throws StoreException {
    var heads = new ArrayList<byte[]>();
    store.scan(
        new SessionStore.Visitor() {
          @Override
          public void session(String id, byte[] head) {
            if (id.equals(original.id())) {
              heads.add(head);
            }
          }

          @Override
          public void damaged(String id, String why) {
            throw new Wrong("a stored session is damaged: " + why);
          }
        });
    Wrong.check(heads.size() == 1, "the store has no session " + original.id());
    return heads.getFirst();
  }

  /** Where some bytes stand in arrays, for as many others to be put there. */
  private static final class Stamp {
    private final List<List<Integer>> places = new ArrayList<>();

    Stamp(byte[] bytes, List<byte[]> arrays) {
      for (byte[] array : arrays) {
        var found = new ArrayList<Integer>();
        for (int i = 0; i <= array.length - bytes.length; i++) {
          if (Arrays.equals(array, i, i + bytes.length, bytes, 0, bytes.length)) {
            found.add(i);
          }
        }
        places.add(found);
      }
    }

    boolean isInFirst() {
      return !places.getFirst().isEmpty();
    }

    void put(byte[] bytes, List<byte[]> arrays) {
      for (int i = 0; i < places.size(); i++) {
        for (int at : places.get(i)) {
          System.arraycopy(bytes, 0, arrays.get(i), at, bytes.length);
        }
      }
    }
  }
}
