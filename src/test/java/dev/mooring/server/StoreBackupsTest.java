package dev.mooring.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.store.RocksStore;
import dev.mooring.store.SessionStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies of a store that is in use. */
final class StoreBackupsTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-12-01T03:04:05Z"), ZoneOffset.ofHours(3));

  @TempDir private Path files;

  private StoreBackups backups(SessionStore store) {
    return new StoreBackups(store, files.resolve("backups"), CLOCK);
  }

  @Test
  void make_ofAStoreInUse_isAStoreOfThatMoment() throws Exception {
    try (var store = RocksStore.open(files.resolve("store"), 1 << 30)) {
      store.write(
          List.of(
              new SessionStore.Change.Put(
                  "a", SessionStore.Change.NEW, SessionStore.Head.of(new byte[1]), new byte[2])),
          true);
      Path backup = backups(store).make();
      assertEquals(files.resolve("backups").resolve("20261201T030405Z"), backup);
      store.write(List.of(new SessionStore.Change.Remove("a", 0)), true);
      try (var copy = RocksStore.open(backup, 1 << 30)) {
        assertEquals(2, copy.read("a").getFirst().length);
      }
    }
    assertEquals(
        "rwx------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(files.resolve("backups"))));
  }

  @Test
  void make_twiceInASecond_saysSo() throws Exception {
    try (var store = RocksStore.open(files.resolve("store"), 1 << 30)) {
      StoreBackups backups = backups(store);
      backups.make();
      var refused = assertThrows(IOException.class, backups::make);
      assertTrue(String.valueOf(refused.getMessage()).contains("of this second already"));
    }
  }

  @Test
  void make_moreThanMayBe_saysWhatToDo() throws Exception {
    try (var store = RocksStore.open(files.resolve("store"), 1 << 30)) {
      for (int i = 0; i < StoreBackups.MOST; i++) {
        Files.createDirectories(files.resolve("backups").resolve("" + i));
      }
      var refused = assertThrows(IOException.class, backups(store)::make);
      assertTrue(String.valueOf(refused.getMessage()).contains("100 backups are in"));
    }
  }
}
