package dev.mooring.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileStampTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = LookAlikes.write(folder.resolve("a"), new byte[] {1});
  }

  @Test
  void of_fileThatIsOnlyRead_staysTheSame() throws IOException {
    FileStamp stamp = FileStamp.of(file);
    assertNotNull(stamp);
    assertEquals(1, Files.readAllBytes(file).length);
    assertEquals(stamp, FileStamp.of(file));
    assertEquals(stamp, FileStamp.of(Files.createSymbolicLink(folder.resolve("link"), file)));
  }

  @Test
  void of_fileThatIsReplacedByOneThatLooksLikeIt_isAnother() throws Exception {
    FileStamp stamp = FileStamp.of(file);
    LookAlikes.copyOver(file, new byte[] {2});
    FileStamp copied = FileStamp.of(file);
    assertNotEquals(stamp, copied);
    LookAlikes.writeOver(file, new byte[] {3});
    assertNotEquals(copied, FileStamp.of(file));
  }

  @Test
  void of_whatIsNoFile_isNull() throws IOException {
    assertNull(FileStamp.of(folder));
    assertNull(FileStamp.of(folder.resolve("nothing")));
    assertNull(FileStamp.of(Files.createSymbolicLink(folder.resolve("dangling"), Path.of("no"))));
    Path loop = folder.resolve("loop");
    Files.createSymbolicLink(loop, loop.getFileName());
    assertThrows(IOException.class, () -> FileStamp.of(loop));
  }

  /** Why that can't be told is why bytes are looked at when somebody asks for it. */
  @Test
  void of_fileSystemThatKeepsNoTimeOfChanges_hasNone() throws IOException {
    try (var crude = LookAlikes.crudeFileSystem(folder)) {
      Path crudeFile = LookAlikes.write(crude.getPath("/a"), new byte[] {1});
      FileStamp stamp = FileStamp.of(crudeFile);
      assertNotNull(stamp);
      assertNull(stamp.changed());
      LookAlikes.write(crudeFile, new byte[] {2});
      assertEquals(stamp, FileStamp.of(crudeFile));
      LookAlikes.write(crudeFile, new byte[] {2, 3});
      assertNotEquals(stamp, FileStamp.of(crudeFile));
      assertNull(FileStamp.of(crude.getPath("/")));
      assertNull(FileStamp.of(crude.getPath("/b")));
    }
  }
}
