package dev.mooring.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory this process uses. Any thread. */
final class Heap {
  private static final Path STATM = Path.of("/proc/self/statm");
  private static final int PAGE_BYTES = 4_096;
  private static final int COLLECTIONS = 3;

  private Heap() {}

  /** Bytes of live objects: what is left when the collector has been asked to look everywhere. */
  static long usedBytes() {
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /** Bytes of physical memory, whatever holds them. */
  static long residentBytes() throws IOException {
    System.gc();
    return Long.parseLong(Files.readString(STATM).split(" ", -1)[1]) * PAGE_BYTES;
  }
}
