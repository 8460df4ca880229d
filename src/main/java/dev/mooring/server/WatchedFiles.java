package dev.mooring.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/**
 * Files that are read again when they change. Whether they have is seen from outside: by time, size
 * and which file it is, symbolic links followed.
 *
 * <p>One thread at a time.
 */
final class WatchedFiles {
  private final List<Path> files;
  private List<Object> seen;

  /** Looks at them for the first time; they are to be read after that. */
  WatchedFiles(List<Path> files) {
    this.files = List.copyOf(files);
    this.seen = look();
  }

  /** Whether they look otherwise than the last time. */
  boolean haveChanged() {
    List<Object> now = look();
    boolean changed = !now.equals(seen);
    seen = now;
    return changed;
  }

  private List<Object> look() {
    var all = new ArrayList<>();
    for (Path file : files) {
      try {
        var found = Files.readAttributes(file, BasicFileAttributes.class);
        all.add(List.of(found.lastModifiedTime(), found.size(), String.valueOf(found.fileKey())));
      } catch (IOException e) {
        all.add(e.getClass());
      }
    }
    return all;
  }
}
