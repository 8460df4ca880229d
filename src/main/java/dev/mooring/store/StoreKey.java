package dev.mooring.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Keys in the database: a letter for the kind, and the id in UTF-8. All of a kind lie side by side,
 * in the order of their ids, so that reading all heads reads nothing of a body.
 */
public final class StoreKey {
  static final byte BODY = 'b';
  static final byte HEAD = 'h';
  static final byte MODULE = 'm';

  private StoreKey() {}

  /**
   * The key of this id.
   *
   * @throws IllegalArgumentException if it isn't one: ids are made by this server, not by others
   */
  static byte[] of(byte kind, String id) {
    byte[] utf8 = of(id);
    var key = new byte[1 + utf8.length];
    key[0] = kind;
    System.arraycopy(utf8, 0, key, 1, utf8.length);
    return key;
  }

  /**
   * An id in UTF-8.
   *
   * @throws IllegalArgumentException if it isn't one: ids are made by this server, not by others
   */
  public static byte[] of(String id) {
    byte[] utf8 = id.getBytes(StandardCharsets.UTF_8);
    if (!new String(utf8, StandardCharsets.UTF_8).equals(id) || id.indexOf(0) >= 0) {
      throw new IllegalArgumentException("an id isn't text");
    }
    if (utf8.length == 0 || utf8.length > SessionStore.MAX_ID_BYTES) {
      throw new IllegalArgumentException("an id has " + utf8.length + " bytes");
    }
    return utf8;
  }

  /** The id that a key is of. */
  static String id(byte[] key) {
    return new String(key, 1, key.length - 1, StandardCharsets.UTF_8);
  }

  /** Before all keys of a kind. */
  static byte[] first(byte kind) {
    return new byte[] {kind};
  }

  /** Behind all keys of a kind. */
  static byte[] end(byte kind) {
    return new byte[] {(byte) (kind + 1)};
  }

  /** The first key that may come after this one. */
  static byte[] after(byte[] key) {
    return Arrays.copyOf(key, key.length + 1);
  }

  /** The same id's key of another kind. */
  static byte[] withKind(byte[] key, byte kind) {
    byte[] other = key.clone();
    other[0] = kind;
    return other;
  }
}
