package dev.mooring.server;

import dev.mooring.admin.StoreBackup;
import dev.mooring.store.SessionStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Copies of a store that is in use, each in a folder that is named by when it was made. They share
 * their files with the store for as long as it has them, so they take little and cost little.
 *
 * <p>Thread-safe; blocks on the disk.
 */
final class StoreBackups implements StoreBackup {
  /** There are so many at a time; who wants another removes some first. */
  static final int MOST = 100;

  private static final DateTimeFormatter NAME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final SessionStore store;
  private final Path folder;
  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();

  /** Copies of a store, in a folder that is made when it is needed, for nobody else to read. */
  StoreBackups(SessionStore store, Path folder, Clock clock) {
    this.store = store;
    this.folder = folder;
    this.clock = clock;
  }

  @Override
  public Path make() throws IOException {
    if (!lock.tryLock()) {
      throw new IOException("a backup is being made already; try again later");
    }
    try {
      if (!Files.isDirectory(folder)) {
        Files.createDirectory(
            folder,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      checkRoom();
      Path backup = folder.resolve(NAME.format(clock.instant()));
      if (Files.exists(backup)) {
        throw new IOException("there is a backup of this second already: " + backup);
      }
      store.backup(backup);
      return backup;
    } finally {
      lock.unlock();
    }
  }

  private void checkRoom() throws IOException {
    try (Stream<Path> backups = Files.list(folder)) {
      long count = backups.count();
      if (count >= MOST) {
        throw new IOException(
            "%d backups are in %s, and so many may be; remove some".formatted(count, folder));
      }
    }
  }
}
