package dev.mooring.file;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Map;

/** Files that are replaced by others that look like them from outside. */
public final class LookAlikes {
  private static final FileTime LONG_AGO = FileTime.fromMillis(1_000_000_000_000L);

  private LookAlikes() {}

  /** Writes a file that was last modified long ago, always at the same time. */
  public static Path write(Path file, byte[] bytes) throws IOException {
    Files.write(file, bytes);
    return Files.setLastModifiedTime(file, LONG_AGO);
  }

  /**
   * Puts other bytes of the same size in a file's place, by {@code cp -p}: it is the same file, of
   * the same time.
   */
  public static void copyOver(Path file, byte[] bytes) throws IOException, InterruptedException {
    awaitLaterChange(file);
    var before = Files.readAttributes(file, BasicFileAttributes.class);
    Path other = write(file.resolveSibling("other"), bytes);
    var copy = new ProcessBuilder("cp", "-p", other.toString(), file.toString()).inheritIO();
    assertEquals(0, copy.start().waitFor());
    Files.delete(other);
    assertLooksLike(before, file);
  }

  /** As {@link #copyOver}, but that a program writes into the file and sets its time back. */
  public static void writeOver(Path file, byte[] bytes) throws IOException {
    awaitLaterChange(file);
    var before = Files.readAttributes(file, BasicFileAttributes.class);
    Files.write(file, bytes, StandardOpenOption.WRITE);
    Files.setLastModifiedTime(file, LONG_AGO);
    assertLooksLike(before, file);
  }

  private static void assertLooksLike(BasicFileAttributes before, Path file) throws IOException {
    var after = Files.readAttributes(file, BasicFileAttributes.class);
    assertEquals(before.size(), after.size());
    assertEquals(before.lastModifiedTime(), after.lastModifiedTime());
    assertEquals(before.fileKey(), after.fileKey());
  }

  /** The system's clock for files ticks a few hundred times a second: waits for the next tick. */
  private static void awaitLaterChange(Path file) throws IOException {
    Object changed = Files.getAttribute(file, "unix:ctime");
    Path probe = Files.createTempFile(file.getParent(), "probe", "");
    while (Files.getAttribute(probe, "unix:ctime").equals(changed)) {
      Files.setLastModifiedTime(probe, LONG_AGO);
      Thread.onSpinWait();
    }
    Files.delete(probe);
  }

  /**
   * A file system that knows of a file its size and time only, and the time to two seconds: nobody
   * can tell its files apart from outside.
   */
  public static FileSystem crudeFileSystem(Path folder) throws IOException {
    return FileSystems.newFileSystem(
        URI.create("jar:" + folder.resolve("crude.zip").toUri()), Map.of("create", "true"));
  }

  /** The bytes, with the last one another. */
  public static byte[] changed(byte[] bytes) {
    byte[] changed = Arrays.copyOf(bytes, bytes.length);
    changed[bytes.length - 1]++;
    return changed;
  }
}
