package dev.mooring.server;

import dev.mooring.file.FileStamp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Files that are read again when they change. Whether they have is seen from outside, by their
 * {@linkplain FileStamp stamps}.
 *
 * <p>One thread at a time.
 */
final class WatchedFiles {
  private final List<Path> files;
  private List<@Nullable Object> seen;

  /** Looks at them for the first time; they are to be read after that. */
  WatchedFiles(List<Path> files) {
    this.files = List.copyOf(files);
    this.seen = look();
  }

  /** Whether they look otherwise than the last time. */
  boolean haveChanged() {
    List<@Nullable Object> now = look();
    boolean changed = !now.equals(seen);
    seen = now;
    return changed;
  }

  private List<@Nullable Object> look() {
    var all = new ArrayList<@Nullable Object>();
    for (Path file : files) {
      try {
        all.add(FileStamp.of(file));
      } catch (IOException e) {
        all.add(e.getClass());
      }
    }
    return all;
  }
}
