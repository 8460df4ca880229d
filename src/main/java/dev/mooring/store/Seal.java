package dev.mooring.store;

import dev.mooring.error.ErrorText;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Says what the manifest was when a store was closed: its name, its length and its checksum.
 *
 * <p>The manifest lists the tables, record by record. One that has lost its end is a shorter list,
 * which the database takes for the truth, as a last record that it didn't come to finish: it would
 * serve the store as it once was, and delete the tables that came later. Everything else that a
 * closed store consists of the database checks by itself.
 *
 * <p>The database begins a new manifest whenever it is opened. A seal that is of another one says
 * nothing, and so does one that isn't whole.
 */
final class Seal {
  private static final String SEAL = "SEAL";
  private static final String CURRENT = "CURRENT";

  /** The database begins another one at a fraction of it. */
  private static final int MAX_MANIFEST_BYTES = 1 << 28;

  private Seal() {}

  /** Seals a store that is closed, or a copy of one. */
  static void write(Path folder) throws IOException {
    String manifest = Files.readString(folder.resolve(CURRENT)).strip();
    byte[] bytes = Files.readAllBytes(folder.resolve(manifest));
    String said = "%s %d %08x".formatted(manifest, bytes.length, checksum(bytes, bytes.length));
    Path unfinished = folder.resolve(SEAL + ".dbtmp");
    Files.writeString(unfinished, withChecksum(said));
    try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(unfinished, folder.resolve(SEAL), StandardCopyOption.ATOMIC_MOVE);
    StoreFolder.sync(folder);
  }

  /**
   * Holds the manifest against the seal, if there is one of it.
   *
   * @throws StoreException if it isn't what was sealed
   */
  static void check(Path folder) throws StoreException {
    try {
      String @Nullable [] words = read(folder.resolve(SEAL));
      if (words != null && words[0].equals(latin(folder.resolve(CURRENT)).strip())) {
        check(folder, words[0], Integer.parseInt(words[1]), words[2]);
      }
    } catch (StoreException e) {
      throw e;
    } catch (IOException e) {
      throw new StoreException(folder + ": it can't be read: " + ErrorText.of(e), e);
    }
  }

  private static void check(Path folder, String name, int length, String checksum)
      throws IOException {
    Path manifest = folder.resolve(name);
    byte[] bytes =
        Files.isRegularFile(manifest) && Files.size(manifest) <= MAX_MANIFEST_BYTES
            ? Files.readAllBytes(manifest)
            : new byte[0];
    if (bytes.length < length || !checksum.equals("%08x".formatted(checksum(bytes, length)))) {
      throw new StoreException(
          ("%s: the store can't be opened: it is damaged: %s isn't what it was when the store was"
                  + " closed (it has %d bytes, then it had %d): put a backup in its place")
              .formatted(folder, name, bytes.length, length));
    }
  }

  /** The seal's words; null if there is none that is whole. */
  private static String @Nullable [] read(Path seal) throws IOException {
    if (!Files.isRegularFile(seal)) {
      return null;
    }
    String text = latin(seal);
    String said = text.substring(0, Math.max(0, text.lastIndexOf(' ')));
    return text.equals(withChecksum(said)) ? said.split(" ", -1) : null;
  }

  private static String withChecksum(String said) {
    byte[] bytes = said.getBytes(StandardCharsets.ISO_8859_1);
    return "%s %08x\n".formatted(said, checksum(bytes, bytes.length));
  }

  /** Whatever is in it: bits may have turned. */
  private static String latin(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.ISO_8859_1);
  }

  private static int checksum(byte[] bytes, int length) {
    var crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
