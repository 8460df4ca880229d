package dev.mooring.module;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * What tells one state of a file from another without reading it.
 *
 * @param fileKey which file it is, on systems that know; another one may have taken its name
 */
record FileStamp(FileTime modified, long sizeBytes, @Nullable Object fileKey) {
  /** The stamp of a regular file; null if there is none. */
  static @Nullable FileStamp of(Path file) throws IOException {
    try {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return attributes.isRegularFile()
          ? new FileStamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey())
          : null;
    } catch (NoSuchFileException e) {
      return null;
    }
  }
}
