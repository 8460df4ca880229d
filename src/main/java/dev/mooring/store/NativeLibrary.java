package dev.mooring.store;

import dev.mooring.error.ErrorText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.RocksDB;

/**
 * Loads RocksDB's native library from its jar, once for the process.
 *
 * <p>Left to itself RocksDB unpacks 15 MB to the folder for temporary files and deletes them when
 * the JVM exits, so that every process that is killed leaves them there. Here the file is gone as
 * soon as it is loaded: what is mapped needs no name.
 */
final class NativeLibrary {
  private NativeLibrary() {}

  /**
   * Loads it, if nobody has.
   *
   * @throws StoreException if it doesn't run on this machine, or there is nowhere to unpack it
   */
  static synchronized void load() throws StoreException {
    try {
      Path folder = Files.createTempDirectory("mooring-rocksdb-");
      try {
        NativeLibraryLoader.getInstance().loadLibrary(folder.toString());
      } finally {
        deleteWithFiles(folder);
      }
      RocksDB.loadLibrary();
    } catch (IOException | RuntimeException | UnsatisfiedLinkError e) {
      throw new StoreException(
          "RocksDB's library can't be loaded: it needs Linux with glibc, and a folder for temporary"
              + " files (now "
              + System.getProperty("java.io.tmpdir")
              + "; -Djava.io.tmpdir names another) from which programs may be run. Java says \""
              + ErrorText.of(e)
              + "\"",
          e);
    }
  }

  private static void deleteWithFiles(Path folder) throws IOException {
    try (var files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
