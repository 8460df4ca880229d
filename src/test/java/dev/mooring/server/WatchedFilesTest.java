package dev.mooring.server;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.file.LookAlikes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WatchedFilesTest {
  @TempDir Path folder;
  private Path file;
  private WatchedFiles watched;

  @BeforeEach
  void watch() throws IOException {
    file = LookAlikes.write(folder.resolve("tokens"), new byte[] {1});
    watched = new WatchedFiles(List.of(file));
    assertFalse(watched.haveChanged());
  }

  @Test
  void haveChanged_copiedOverWithItsTime_isSeenOnce() throws Exception {
    LookAlikes.copyOver(file, new byte[] {2});
    assertTrue(watched.haveChanged());
    assertFalse(watched.haveChanged());
  }

  @Test
  void haveChanged_writtenOverAndTimeSetBack_isSeen() throws IOException {
    LookAlikes.writeOver(file, new byte[] {2});
    assertTrue(watched.haveChanged());
  }

  @Test
  void haveChanged_goneAndBack_isSeenTwice() throws IOException {
    Files.delete(file);
    assertTrue(watched.haveChanged());
    assertFalse(watched.haveChanged());
    LookAlikes.write(file, new byte[] {1});
    assertTrue(watched.haveChanged());
  }
}
