package dev.mooring.guest;

import dev.mooring.digest.Sha256;
import dev.mooring.guest.memory.MemoryImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * A fingerprint of a module's image: what a saved state names, to say what it is a difference from.
 *
 * <p>The module's own digest isn't enough. An initialisation may compute something else in another
 * process: it met another limit when it grew memory, or another processor's NaN. Then a state would
 * be put on top of what it wasn't taken from, and nobody would notice.
 *
 * <p>It is the SHA-256 of these, in little-endian order: the memory's size in pages of 64 KiB;
 * number and bytes of each tracked page that isn't all zeroes; the number of globals, and their
 * values; the number of tables, and of each its size and entries; the words of segment bits. Sizes,
 * counts and entries have 4 bytes, values and words 8.
 */
final class ImageDigest {
  private final MessageDigest sha = Sha256.begin();
  private final ByteBuffer number = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);

  private ImageDigest() {}

  /** {@code sha256:} and 64 hexadecimal digits. */
  static String of(StoreImage image) {
    var digest = new ImageDigest();
    digest.add(image.memory());
    digest.add(image.globals().length);
    for (long value : image.globals()) {
      digest.add(value);
    }
    digest.add(image.tables().length);
    for (int[] table : image.tables()) {
      digest.add(table.length);
      for (int entry : table) {
        digest.add(entry);
      }
    }
    for (long word : image.droppedSegments()) {
      digest.add(word);
    }
    return "sha256:" + HexFormat.of().formatHex(digest.sha.digest());
  }

  private void add(MemoryImage memory) {
    add(memory.sizePages());
    for (int i = 0; i < memory.pageCount(); i++) {
      if (!memory.isZero(i)) {
        add(i);
        sha.update(memory.page(i));
      }
    }
  }

  private void add(int value) {
    number.putInt(0, value);
    sha.update(number.array(), 0, Integer.BYTES);
  }

  private void add(long value) {
    number.putLong(0, value);
    sha.update(number.array(), 0, Long.BYTES);
  }
}
