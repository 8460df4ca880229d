package dev.mooring.store;

import dev.mooring.error.ErrorText;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The folder that a store is in: whether it may be used, and what it is without the database. */
final class StoreFolder {
  private static final Logger LOG = LoggerFactory.getLogger(StoreFolder.class);

  private static final Set<PosixFilePermission> OWNERS =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  /**
   * What the database may have left if it was stopped while it was made, before it held anything.
   */
  private static final Pattern BEFORE_ANYTHING =
      Pattern.compile(
          "LOCK|LOG|LOG\\.old\\..*|IDENTITY|MANIFEST-\\d+|OPTIONS-\\d+|.*\\.dbtmp|lost\\+found");

  /** Is there if and only if a database is. */
  private static final String CURRENT = "CURRENT";

  private StoreFolder() {}

  /**
   * Sees to it that there is a folder that a store may be in.
   *
   * @return whether a store is to be made in it
   * @throws StoreException if there can't be a store
   */
  static boolean prepare(Path folder) throws StoreException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      make(folder);
    }
    if (!Files.isDirectory(folder)) {
      throw new StoreException(
          folder + ": it is no folder; expected one for the store, or nothing");
    }
    if (!Files.isReadable(folder) || !Files.isExecutable(folder) || !Files.isWritable(folder)) {
      throw new StoreException(
          folder + ": this process may not write to it; expected a folder of its own");
    }
    warnOfRights(folder);
    return !holdsStore(folder);
  }

  /** Makes it for its owner alone: what guests keep is no one else's. */
  static void make(Path folder) throws StoreException {
    try {
      Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNERS));
      sync(parent(folder));
    } catch (IOException e) {
      throw new StoreException(folder + ": it can't be made: " + ErrorText.of(e), e);
    }
  }

  /** Makes a folder that nothing may be in; one that is left from before goes. */
  static void makeAnew(Path folder) throws IOException {
    delete(folder);
    Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(OWNERS));
  }

  /** Puts a folder, which is finished, where it is to be, for its owner alone. */
  static void moveOut(Path made, Path to) throws IOException {
    Files.setPosixFilePermissions(made, OWNERS);
    Files.move(made, to, StandardCopyOption.ATOMIC_MOVE);
    sync(parent(to));
  }

  /** Deletes a folder and what is in it, if it is there, as far as that can be done. */
  static void deleteQuietly(Path folder) {
    try {
      delete(folder);
    } catch (IOException e) {
      LOG.atDebug().addKeyValue("folder", folder).setCause(e).log("not deleted");
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      Files.deleteIfExists(folder);
      return;
    }
    try (var files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        delete(file);
      }
    }
    Files.delete(folder);
  }

  /** Has what a folder names on the disk: a file's sync doesn't see to its name. */
  static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static Path parent(Path folder) {
    Path absolute = folder.toAbsolutePath();
    Path parent = absolute.getParent();
    return parent == null ? absolute : parent;
  }

  /** What all files in it take, in bytes. One that goes meanwhile takes none. */
  static long sizeBytes(Path folder) {
    File[] files = folder.toFile().listFiles();
    long sum = 0;
    if (files != null) {
      for (File file : files) {
        sum += file.length();
      }
    }
    return sum;
  }

  /** Without the file that says so, the database would take its own files for rubbish. */
  private static boolean holdsStore(Path folder) throws StoreException {
    if (Files.exists(folder.resolve(CURRENT))) {
      return true;
    }
    try (var files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        String name = String.valueOf(file.getFileName());
        boolean isLog = name.endsWith(".log") && Files.size(file) == 0;
        if (!isLog && !BEFORE_ANYTHING.matcher(name).matches()) {
          throw new StoreException(
              folder
                  + ": it holds other files ("
                  + name
                  + ") and no store; expected a store or an empty folder. If a store was here, its"
                  + " file "
                  + CURRENT
                  + " is lost: put a backup in its place");
        }
      }
      return false;
    } catch (IOException e) {
      throw e instanceof StoreException said
          ? said
          : new StoreException(folder + ": it can't be read: " + ErrorText.of(e), e);
    } catch (DirectoryIteratorException e) {
      IOException cause = Objects.requireNonNull(e.getCause());
      throw new StoreException(folder + ": it can't be read: " + ErrorText.of(cause), cause);
    }
  }

  private static void warnOfRights(Path folder) throws StoreException {
    try {
      Set<PosixFilePermission> rights = Files.getPosixFilePermissions(folder);
      if (!OWNERS.containsAll(rights)) {
        LOG.atWarn()
            .addKeyValue("folder", folder)
            .addKeyValue("rights", PosixFilePermissions.toString(rights))
            .addKeyValue("expected", PosixFilePermissions.toString(OWNERS))
            .log("others may look into the store");
      }
    } catch (IOException e) {
      throw new StoreException(folder + ": it can't be read: " + ErrorText.of(e), e);
    }
  }
}
