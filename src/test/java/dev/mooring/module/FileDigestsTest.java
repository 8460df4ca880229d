package dev.mooring.module;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.mooring.file.FileStamp;
import dev.mooring.guest.GuestModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileDigestsTest {
  private static FileStamp stamp(int time) {
    return new FileStamp(FileTime.fromMillis(time), 1, null, null);
  }

  @Test
  void of_stampThatIsKnown_readsNothing(@TempDir Path directory) throws IOException {
    var digests = new FileDigests(new ModuleNames(directory));
    Path file = directory.resolve("a.wasm");
    assertNull(digests.of("a", stamp(1)), "there is no file");
    Files.write(file, new byte[] {1});
    String first = GuestModule.digest(new byte[] {1});
    assertEquals(first, digests.of("a", stamp(1)));
    Files.write(file, new byte[] {2});
    assertEquals(first, digests.of("a", stamp(1)));
    assertEquals(GuestModule.digest(new byte[] {2}), digests.of("a", stamp(2)));
    Files.write(file, new byte[] {3});
    digests.forgetAll();
    assertEquals(GuestModule.digest(new byte[] {3}), digests.of("a", stamp(2)));
    digests.forget("a");
    Files.delete(file);
    assertNull(digests.of("a", stamp(2)));
  }
}
