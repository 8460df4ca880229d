package dev.mooring.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What tells one state of a file from another without reading it. Every file that is watched is
 * watched by this.
 *
 * <p>Equal stamps don't prove equal bytes: a file system's clock is coarse, and some keep no time
 * of changes. Whoever is told to look anew looks at the bytes.
 *
 * @param modified when it was last written to; {@code cp -p}, {@code tar} and others set it back
 * @param fileKey which file it is, on systems that know; another one may have taken its name
 * @param changed when its bytes or any of its attributes last changed (Unix's ctime), which nobody
 *     can set back; null where that isn't kept
 */
public record FileStamp(
    FileTime modified, long sizeBytes, @Nullable Object fileKey, @Nullable FileTime changed) {
  private static final String UNIX = "unix";
  private static final String IS_REGULAR = "isRegularFile";
  private static final String MODIFIED = "lastModifiedTime";
  private static final String SIZE = "size";
  private static final String KEY = "fileKey";
  private static final String CHANGED = "ctime";
  private static final String ALL =
      UNIX + ":" + String.join(",", IS_REGULAR, MODIFIED, SIZE, KEY, CHANGED);

  /** The stamp of a regular file, symbolic links followed; null if there is none. */
  public static @Nullable FileStamp of(Path file) throws IOException {
    try {
      return file.getFileSystem().supportedFileAttributeViews().contains(UNIX)
          ? withChange(Files.readAttributes(file, ALL))
          : withoutChange(Files.readAttributes(file, BasicFileAttributes.class));
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private static @Nullable FileStamp withChange(Map<String, Object> found) {
    return Boolean.TRUE.equals(found.get(IS_REGULAR))
            && found.get(MODIFIED) instanceof FileTime modified
            && found.get(SIZE) instanceof Long sizeBytes
            && found.get(CHANGED) instanceof FileTime changed
        ? new FileStamp(modified, sizeBytes, found.get(KEY), changed)
        : null;
  }

  private static @Nullable FileStamp withoutChange(BasicFileAttributes found) {
    return found.isRegularFile()
        ? new FileStamp(found.lastModifiedTime(), found.size(), found.fileKey(), null)
        : null;
  }
}
