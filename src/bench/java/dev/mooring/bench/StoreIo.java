package dev.mooring.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * What a server has written to its store, as Linux counts it.
 *
 * @param writes of the thread that writes sessions: one for each batch, to the store's log
 * @param bytes that they had
 * @param diskBytes what the whole process has had written to a disk, tables that are written anew
 *     and whole blocks of the log included
 */
record StoreIo(long writes, long bytes, long diskBytes) {
  private static final String WRITER = "mooring-store";

  /**
   * So much up to now.
   *
   * @throws IOException if it isn't counted, or there is no such thread
   */
  static StoreIo of(ServerProcess server) throws IOException {
    Path process = Path.of("/proc", Long.toString(server.pids().getFirst()));
    long diskBytes = count(process, "write_bytes");
    try (var threads = Files.newDirectoryStream(process.resolve("task"))) {
      for (Path thread : threads) {
        if (nameOf(thread).equals(WRITER)) {
          return new StoreIo(count(thread, "syscw"), count(thread, "wchar"), diskBytes);
        }
      }
    }
    throw new IOException("the server has no thread " + WRITER);
  }

  /** A thread's name; none if it has ended meanwhile, as others than the store's may. */
  private static String nameOf(Path thread) throws IOException {
    try {
      return Files.readString(thread.resolve("comm")).strip();
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  /** What Linux counts of a process or a thread. */
  static long count(Path of, String name) throws IOException {
    List<String> lines = Files.readAllLines(of.resolve("io"));
    for (String line : lines) {
      if (line.startsWith(name + ": ")) {
        return Long.parseLong(line.substring(name.length() + 2));
      }
    }
    throw new IOException("Linux doesn't count " + name);
  }

  /** Since an earlier moment. */
  StoreIo since(StoreIo before) {
    return new StoreIo(writes - before.writes, bytes - before.bytes, diskBytes - before.diskBytes);
  }
}
