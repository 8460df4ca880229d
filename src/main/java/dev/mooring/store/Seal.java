package dev.mooring.store;

import dev.mooring.error.ErrorText;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Says how long the manifest was when a store was closed. The manifest lists the tables, each line
 * of it has a checksum, and one that has lost its end is a shorter list: the database takes that
 * for the truth, and deletes the tables that aren't in it. Tables themselves it checks by itself.
 *
 * <p>The database begins a new manifest whenever it is opened. A seal that is of another one says
 * nothing, and so does one that can't be read.
 */
final class Seal {
  private static final String SEAL = "SEAL";
  private static final String CURRENT = "CURRENT";

  private Seal() {}

  /** Seals a store that is closed. */
  static void write(Path folder) throws IOException {
    String manifest = Files.readString(folder.resolve(CURRENT)).strip();
    Path unfinished = folder.resolve(SEAL + ".dbtmp");
    byte[] text =
        (manifest + " " + Files.size(folder.resolve(manifest)) + "\n")
            .getBytes(StandardCharsets.UTF_8);
    Files.write(unfinished, text);
    try (FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(unfinished, folder.resolve(SEAL), StandardCopyOption.ATOMIC_MOVE);
    StoreFolder.sync(folder);
  }

  /**
   * Holds the manifest against the seal, if there is one of it.
   *
   * @throws StoreException if it is shorter, or another length than the database could have left
   */
  static void check(Path folder) throws StoreException {
    try {
      Path seal = folder.resolve(SEAL);
      if (!Files.exists(seal)) {
        return;
      }
      List<String> words =
          List.of(
              new String(Files.readAllBytes(seal), StandardCharsets.ISO_8859_1)
                  .strip()
                  .split(" ", -1));
      String current =
          new String(Files.readAllBytes(folder.resolve(CURRENT)), StandardCharsets.ISO_8859_1)
              .strip();
      if (words.size() != 2 || !words.getFirst().equals(current)) {
        return;
      }
      Path manifest = folder.resolve(current);
      long bytes = Files.exists(manifest) ? Files.size(manifest) : 0;
      long expected = Long.parseLong(words.getLast());
      if (bytes < expected) {
        throw new StoreException(
            "%s: the store is damaged: %s has %d bytes; expected %d, which it had when the store was closed: put a backup in its place"
                .formatted(folder, current, bytes, expected));
      }
    } catch (NumberFormatException e) {
      return;
    } catch (IOException e) {
      throw e instanceof StoreException said
          ? said
          : new StoreException(folder + ": it can't be read: " + ErrorText.of(e), e);
    }
  }
}
