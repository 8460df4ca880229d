package dev.mooring.capsule;

import dev.mooring.error.ErrorText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/**
 * The folder of capsules. Each is there as a whole or not at all, and only its owner may read it.
 * What is there is never deleted: when the folder is full, nothing more is written.
 *
 * <p>One thread. It blocks on a disk.
 */
final class CapsuleFolder {
  private static final String UNFINISHED = ".part";

  private static final FileAttribute<Set<PosixFilePermission>> OWNERS_FOLDER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private static final FileAttribute<Set<PosixFilePermission>> OWNERS_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final Path folder;
  private final CapsuleConfig config;

  /**
   * Makes the folder if it is missing, and removes what was left unfinished.
   *
   * @throws IOException if it can't be made, or not be written to
   */
  CapsuleFolder(Path folder, CapsuleConfig config) throws IOException {
    this.folder = folder;
    this.config = config;
    try {
      if (!Files.isDirectory(folder)) {
        Files.createDirectories(folder, OWNERS_FOLDER);
      }
      try (DirectoryStream<Path> left =
          Files.newDirectoryStream(folder, "*" + Capsule.SUFFIX + UNFINISHED)) {
        for (Path each : left) {
          Files.deleteIfExists(each);
        }
      }
    } catch (IOException e) {
      throw new IOException("the capsules' folder " + folder + ": " + ErrorText.of(e), e);
    }
    if (!Files.isWritable(folder)) {
      throw new IOException(
          "the capsules' folder " + folder + ": this process may not write to it");
    }
  }

  /** Whether there is room for one of so many bytes. */
  boolean hasRoom(long bytes) throws IOException {
    int count = 0;
    long total = 0;
    try (DirectoryStream<Path> capsules = Files.newDirectoryStream(folder, "*" + Capsule.SUFFIX)) {
      for (Path each : capsules) {
        count++;
        total += size(each);
      }
    }
    return count < config.files() && total + bytes <= config.totalBytes();
  }

  private static long size(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) { // Somebody has just taken it away.
      return 0;
    }
  }

  /**
   * Writes a file.
   *
   * @param name without the suffix
   * @return where it is
   */
  Path write(String name, byte[] bytes) throws IOException {
    Path file = folder.resolve(name + Capsule.SUFFIX);
    Path unfinished = folder.resolve(name + Capsule.SUFFIX + UNFINISHED);
    Set<StandardOpenOption> fresh =
        EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      try (var out = Files.newByteChannel(unfinished, fresh, OWNERS_FILE)) {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
          out.write(left);
        }
      }
      return Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      Files.deleteIfExists(unfinished);
      throw e;
    }
  }
}
