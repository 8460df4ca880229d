package dev.mooring.store;

import java.nio.file.Path;
import java.util.Locale;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** Says in words what the database has thrown, with its own text quoted behind them. */
final class RocksFailure {
  private RocksFailure() {}

  /**
   * What a failure means for whoever runs the server.
   *
   * @param done what was being done, as in 'it can't be opened'
   */
  static StoreException of(Path folder, String done, RocksDBException e) {
    return new StoreException(
        "%s: %s: %s (RocksDB says \"%s\")".formatted(folder, done, why(e), text(e)), e);
  }

  /** Whether it is about what the files hold, and not about reaching them. */
  static boolean isDamage(RocksDBException e) {
    return has(e, Status.Code.Corruption) || says(e, "no such file or directory");
  }

  private static String why(RocksDBException e) {
    Status status = e.getStatus();
    if (says(e, "no space left on device")
        || says(e, "disk quota exceeded")
        || (status != null && status.getSubCode() == Status.SubCode.NoSpace)) {
      return "its disk is full";
    }
    if (says(e, "lock hold by current process")) {
      return "this process has it open already";
    }
    if (says(e, "while lock file") && says(e, "temporarily unavailable")) {
      return "another process has it open; a folder is for one server";
    }
    if (says(e, "read-only file system")) {
      return "its disk may only be read; expected one that may be written to";
    }
    if (says(e, "permission denied") || says(e, "operation not permitted")) {
      return "permission denied; expected files that this process may read and write";
    }
    if (says(e, "too many open files")) {
      return "this process has as many files open as it may; see ulimit -n";
    }
    if (says(e, "column families not opened")) {
      return "it was written by a newer version or by another program";
    }
    if (has(e, Status.Code.InvalidArgument) || has(e, Status.Code.NotSupported)) {
      return "it is no store of this server's, or that of a newer version";
    }
    if (isDamage(e)) {
      return "it is damaged; expected files as they were written: put a backup in its place";
    }
    return "its disk failed";
  }

  /** The database's own text, on one line. */
  static String text(RocksDBException e) {
    String message = e.getMessage();
    return message == null ? "" : message.strip().replaceAll("\\s+", " ");
  }

  private static boolean has(RocksDBException e, Status.Code code) {
    Status status = e.getStatus();
    return status != null && status.getCode() == code;
  }

  private static boolean says(RocksDBException e, String words) {
    return text(e).toLowerCase(Locale.ROOT).contains(words);
  }
}
