package dev.mooring.proto;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Names that were read lately, so that whoever says the same ones again and again gets the same
 * strings. A name has one place, by its bytes, and whichever came last has it.
 *
 * <p>One thread at a time. It holds {@link #PLACES} names at most, each of {@link #MAX_BYTES} at
 * most.
 */
final class RecentNames {
  static final int PLACES = 256;
  static final int MAX_BYTES = 64;

  private final @Nullable String[] names = new String[PLACES];

  /** The name that {@code length} bytes of ASCII from {@code index} on spell. */
  String get(ByteBuf bytes, int index, int length) {
    if (length > MAX_BYTES) {
      return bytes.toString(index, length, StandardCharsets.US_ASCII);
    }
    int hash = 0;
    for (int i = 0; i < length; i++) {
      hash = 31 * hash + bytes.getByte(index + i);
    }
    int place = (hash ^ hash >>> 8 ^ hash >>> 16) & PLACES - 1;
    String name = names[place];
    if (name == null || !spells(bytes, index, length, name)) {
      name = bytes.toString(index, length, StandardCharsets.US_ASCII);
      names[place] = name;
    }
    return name;
  }

  private static boolean spells(ByteBuf bytes, int index, int length, String name) {
    if (name.length() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (bytes.getByte(index + i) != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
