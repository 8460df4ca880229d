package dev.mooring.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mooring.store.SessionStore.Change.Put;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/** The store in a folder: what every store promises, and what a folder may hold instead of one. */
final class RocksStoreTest extends SessionStoreContract {
  private static final long AMPLE_BYTES = 1L << 40;
  private static final int PATIENCE_SECONDS = 60;

  @TempDir Path folder;

  private Path place() {
    return folder.resolve("made/store");
  }

  @Override
  SessionStore open(long maxBytes) throws StoreException {
    return RocksStore.open(place(), maxBytes);
  }

  /** Opens what a backup has made. */
  SessionStore openCopy(Path copy) throws StoreException {
    return RocksStore.open(copy, AMPLE_BYTES);
  }

  /** What is said of a folder that can't be opened; all of it for people. */
  static String refusal(Path at) {
    String message =
        assertThrows(StoreException.class, () -> RocksStore.open(at, AMPLE_BYTES)).getMessage();
    assertPlain(at, message);
    return message;
  }

  static void assertPlain(Path at, String message) {
    assertTrue(message.startsWith(at + ": "), message);
    assertFalse(message.contains("Exception"), message);
    assertFalse(message.contains("java."), message);
    assertFalse(message.contains("org."), message);
    assertEquals(1, message.lines().count(), message);
  }

  private static void assertSays(String words, String message) {
    assertTrue(message.contains(words), message);
  }

  private void changeRaw(RawChange change) throws RocksDBException {
    store.close();
    try (var options = new Options();
        RocksDB database = RocksDB.open(options, place().toString())) {
      change.make(database);
    }
  }

  private interface RawChange {
    void make(RocksDB database) throws RocksDBException;
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] joined = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, joined, first.length, second.length);
    return joined;
  }

  private static byte[] flipped(byte[] value, int bit) {
    byte[] flipped = value.clone();
    flipped[bit / 8] ^= (byte) (1 << (bit % 8));
    return flipped;
  }

  @Test
  void folder_isMadeForItsOwnerAlone_andSoIsABackup() throws IOException {
    Path copy = elsewhere.resolve("copy");
    store.backup(copy);
    for (Path made : List.of(place(), copy)) {
      assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(made)));
    }
  }

  @Test
  void folder_othersMayLookInto_isUsedAllTheSame() throws IOException {
    Files.setPosixFilePermissions(place(), PosixFilePermissions.fromString("rwxr-xr-x"));
    reopen();
    write(put("a", "1", "1"));
  }

  @Test
  void open_aFile_isRefused() throws IOException {
    assertSays("it is no folder", refusal(Files.writeString(folder.resolve("file"), "text")));
    Path below = folder.resolve("file/store");
    assertSays("it can't be made", refusal(below));
  }

  @Test
  void open_otherFiles_isRefusedAndLeavesThem() throws IOException {
    Path other = Files.createDirectory(folder.resolve("other"));
    Files.writeString(other.resolve("letter.txt"), "dear");
    assertSays("letter.txt", refusal(other));
    try (var files = Files.list(other)) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void open_anotherProgramsDatabase_isRefusedAndLeavesIt() throws Exception {
    Path other = folder.resolve("other");
    try (var options = new Options().setCreateIfMissing(true)) {
      try (RocksDB database = RocksDB.open(options, other.toString())) {
        database.put(bytes("their"), bytes("own"));
      }
      assertSays("another program's database", refusal(other));
      try (RocksDB database = RocksDB.open(options, other.toString())) {
        assertArrayEquals(bytes("own"), database.get(bytes("their")));
        assertNull(database.get(RocksStore.VERSION_KEY));
      }
    }
  }

  @Test
  void open_newerVersion_isRefused() throws Exception {
    byte[] newer = StoredValue.of(RocksStore.VERSION_KEY, bytes("2"));
    changeRaw(database -> database.put(RocksStore.VERSION_KEY, newer));
    assertSays(
        "it is of version 2, a newer server's; this one expects version 1", refusal(place()));
    changeRaw(database -> database.put(RocksStore.VERSION_KEY, flipped(newer, 40)));
    assertSays("what says its version is damaged", refusal(place()));
  }

  @Test
  void open_itsCurrentIsLost_isRefusedAndNothingIsMadeInItsPlace() throws IOException {
    write(put("a", "1", "1"));
    store.close();
    Path current = place().resolve("CURRENT");
    byte[] was = Files.readAllBytes(current);
    Files.delete(current);
    assertSays("put a backup in its place", refusal(place()));
    Files.write(current, was);
    reopen();
    assertEquals(Map.of("a", "1"), Seen.in(store).heads());
  }

  @Test
  void open_stoppedWhileItWasMade_isMade() throws Exception {
    for (String left : List.of("LOCK", "LOG", "IDENTITY", "MANIFEST-000001", "000001.dbtmp")) {
      Path begun = Files.createDirectory(folder.resolve("begun" + left));
      Files.writeString(begun.resolve(left), left.equals("LOCK") ? "" : "begun");
      try (var made = RocksStore.open(begun, AMPLE_BYTES)) {
        made.write(List.of(put("a", "1", "1")), true);
      }
    }
    // Made, and stopped before its version was written.
    Path empty = folder.resolve("empty");
    try (var options = new Options().setCreateIfMissing(true)) {
      RocksDB.open(options, empty.toString()).close();
    }
    try (var made = RocksStore.open(empty, AMPLE_BYTES)) {
      assertEquals(Map.of(), Seen.in(made).heads());
    }
  }

  @Test
  void open_twiceInAProcess_isRefusedAndTheFirstGoesOn() throws StoreException {
    assertSays("this process has it open already", refusal(place()));
    write(put("a", "1", "1"));
    reopen();
    assertEquals(Map.of("a", "1"), Seen.in(store).heads());
  }

  @Test
  void open_anotherProcessHasIt_isRefusedUntilThatIsGone() throws Exception {
    store.close();
    Path temporary = Files.createDirectory(folder.resolve("temporary"));
    Process other = StoreProcess.start("hold", place(), "-Djava.io.tmpdir=" + temporary);
    try (BufferedReader said = other.inputReader(StandardCharsets.UTF_8)) {
      assertEquals("open", said.readLine());
      try (var left = Files.list(temporary)) {
        assertEquals(List.of(), left.toList(), "what it unpacks, killed or not, is gone");
      }
      assertSays("another process has it open", refusal(place()));
      other.outputWriter().close();
      assertTrue(other.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS));
    } finally {
      other.destroyForcibly();
    }
    reopen();
  }

  /** What was written is said when it is written, and the process killed at any moment. */
  @Test
  void killed_whatWasWritten_isThere() throws Exception {
    store.close();
    for (int time = 0; time < 2; time++) {
      Process other = StoreProcess.start("write", place());
      int last = 0;
      try (BufferedReader said = other.inputReader(StandardCharsets.UTF_8)) {
        int first = Integer.parseInt(String.valueOf(said.readLine()));
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(100 + 137 * time);
        for (String line = said.readLine(); line != null; line = said.readLine()) {
          last = Integer.parseInt(line);
          if (last > first + 50 && System.nanoTime() > end) {
            other.toHandle().destroyForcibly(); // Leaves what was said to be read.
          }
        }
      } finally {
        other.destroyForcibly();
      }
      reopen();
      byte[] first = store.read("a").getFirst();
      byte[] second = store.read("b").getFirst();
      assertArrayEquals(first, second);
      int number = StoreProcess.number(first);
      assertTrue(last <= number && number <= last + 1, number + " is there, " + last + " was said");
      assertEquals(Set.of("a", "b"), Seen.in(store).heads().keySet());
      store.close();
    }
  }

  @Test
  void scan_damagedHead_isPassedOver() throws Exception {
    write(put("a", "1", "1"), put("b", "2", "2"), put("c", "3", "3"), put("d", "4", "4"));
    byte[] head = StoreKey.of(StoreKey.HEAD, "b");
    byte[] value = StoredValue.of(head, bytes("2"));
    for (int bit = 0; bit < value.length * 8; bit++) {
      byte[] damaged = flipped(value, bit);
      assertNotNull(StoredValue.problem(head, damaged), "bit " + bit);
    }
    changeRaw(
        database -> {
          database.put(head, flipped(value, 8 * value.length - 1));
          database.put(StoreKey.of(StoreKey.HEAD, "c"), new byte[4]);
          // Another's, which is whole.
          database.put(
              StoreKey.of(StoreKey.HEAD, "d"), database.get(StoreKey.of(StoreKey.HEAD, "a")));
        });
    store = open(AMPLE_BYTES);
    Seen seen = Seen.in(store);
    assertEquals(Map.of("a", "1"), seen.heads());
    assertEquals(Set.of("b", "c", "d"), seen.damaged().keySet());
    assertSays("its head is damaged: its checksum is", seen.damaged().getOrDefault("b", ""));
    assertSays("it has 4 bytes; expected 9 or more", seen.damaged().getOrDefault("c", ""));
    write(remove("b"), put("c", "5", "5"));
    seen = Seen.in(store);
    assertEquals(Map.of("a", "1", "c", "5"), seen.heads());
    assertEquals(Set.of("d"), seen.damaged().keySet());
  }

  @Test
  void read_damagedBodyOrModule_isRefused() throws Exception {
    write(put("a", "1", "1"), put("b", "2", "2"), put("c", "3", "3"));
    write(append("a", null, "appended"));
    store.putModule("m", bytes("module"));
    byte[] c = StoreKey.of(StoreKey.BODY, "c");
    byte[] appended = StoredValue.of(c, bytes("appended"));
    for (int length = 1; length < appended.length; length++) {
      byte[] cut = Arrays.copyOf(appended, length);
      changeRaw(database -> database.put(c, joined(StoredValue.of(c, bytes("3")), cut)));
      store = open(AMPLE_BYTES);
      assertThrows(StoreException.class, () -> store.read("c"), "cut off after " + length);
      store.close();
    }
    changeRaw(
        database -> {
          for (byte[] key :
              List.of(StoreKey.of(StoreKey.BODY, "a"), StoreKey.of(StoreKey.MODULE, "m"))) {
            byte[] value = database.get(key);
            assertNotNull(value);
            database.put(key, flipped(value, 8 * value.length - 1));
          }
        });
    store = open(AMPLE_BYTES);
    String message = assertThrows(StoreException.class, () -> store.read("a")).getMessage();
    assertPlain(place(), message);
    assertSays("session a is damaged", message);
    assertEquals("2", body(store, "b"));
    assertThrows(StoreException.class, () -> store.module("m"));
    store.putModule("m", bytes("module"));
    assertArrayEquals(bytes("module"), store.module("m"));
  }

  @Test
  void log_isBounded() throws Exception {
    for (int i = 0; i < 12; i++) {
      reopen();
    }
    try (var files = Files.list(place())) {
      long logs = files.filter(file -> file.getFileName().toString().startsWith("LOG")).count();
      assertTrue(logs <= 5, logs + " files");
    }
    assertTrue(store.sizeBytes() < 1 << 20, store.sizeBytes() + " bytes");
  }

  @Test
  void open_diskThatMayOnlyBeRead_isRefused() throws Exception {
    write(put("a", "1", "1"));
    store.close();
    mounted(
        "8m",
        disk -> {
          Path at = disk.resolve("store");
          RocksStore.open(at, AMPLE_BYTES).close();
          run("mount", "-o", "remount,ro", disk.toString());
          assertSays("may not write to it", refusal(at));
          assertSays("it can't be made", refusal(disk.resolve("other")));
        });
  }

  @Test
  void write_diskFull_isSaidAndGoesOnWhenThereIsRoom() throws Exception {
    mounted(
        "64m",
        disk -> {
          Path at = disk.resolve("store");
          var written = new TreeSet<String>(Set.of("a"));
          try (var small = RocksStore.open(at, AMPLE_BYTES)) {
            small.write(List.of(put("a", "1", "1")), true);
            Path other = Files.write(disk.resolve("other"), new byte[58 << 20]);
            int count = 0;
            StoreException full = null;
            while (full == null && count < 200) {
              try {
                small.write(List.of(put("s" + count, new byte[10], random(count, 100_000))), false);
                written.add("s" + count);
                count++;
              } catch (StoreException e) {
                full = e;
              }
            }
            assertNotNull(full);
            assertPlain(at, full.getMessage());
            assertSays("its disk is full", full.getMessage());
            assertEquals("1", body(small, "a"));
            assertEquals(written, Seen.in(small).heads().keySet());
            Files.delete(other);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (!goesOn(small)) {
              assertTrue(System.nanoTime() < end, "it doesn't go on");
              Thread.sleep(50);
            }
          }
          try (var again = RocksStore.open(at, AMPLE_BYTES)) {
            assertEquals("2", body(again, "a"));
            assertEquals(written, Seen.in(again).heads().keySet());
            for (int i = 0; i + 1 < written.size(); i++) {
              assertArrayEquals(random(i, 100_000), again.read("s" + i).getFirst());
            }
          }
        });
  }

  private static boolean goesOn(SessionStore small) {
    try {
      small.write(List.of(put("a", "2", "2")), true);
      return true;
    } catch (StoreException e) {
      return false;
    }
  }

  private interface OnDisk {
    void run(Path disk) throws Exception;
  }

  /** A disk of its own in memory; skips the test if this user may not have one. */
  private void mounted(String size, OnDisk test) throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", disk.toString()) == 0,
        "only root may mount");
    try {
      test.run(disk);
    } finally {
      run("umount", "-l", disk.toString());
    }
  }

  private static int run(String... command) throws Exception {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor();
    } catch (IOException e) {
      return -1;
    }
  }

  @Test
  void full_refusesPuts_removesGo_andThereIsRoomAgain() throws Exception {
    long maxBytes = store.sizeBytes() + (4 << 20);
    reopen(maxBytes);
    int count = 0;
    StoreException full = null;
    while (full == null) {
      try {
        write(put("s" + count, bytes("head"), random(count, 100_000)));
        count++;
      } catch (StoreException e) {
        full = e;
      }
      assertTrue(count < 100, "it is never full");
    }
    assertTrue(full.getMessage().contains("max_bytes of [store]"), full.getMessage());
    assertTrue(count > 10, count + " went in");
    // What the log holds may be in a table already, and be there twice for a moment.
    assertTrue(store.sizeBytes() <= 2 * maxBytes, store.sizeBytes() + " bytes");
    Put large = put("large", bytes("head"), random(-1, 5 << 20));
    assertThrows(StoreException.class, () -> write(remove("s0"), large));
    assertThrows(StoreException.class, () -> store.putModule("m", random(-1, 5 << 20)));
    assertEquals(count, Seen.in(store).heads().size(), "nothing of what is refused is done");
    assertNull(store.module("m"));
    for (int i = 1; i < count; i++) {
      write(remove("s" + i));
    }
    assertEquals(Set.of("s0"), Seen.in(store).heads().keySet());
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!fits(put("again", bytes("head"), random(1, 100_000)))) {
      assertTrue(System.nanoTime() < end, "there is never room again: " + store.sizeBytes());
      Thread.sleep(20);
    }
    assertEquals(Set.of("s0", "again"), Seen.in(store).heads().keySet());
    reopen(maxBytes);
    assertArrayEquals(random(0, 100_000), store.read("s0").getFirst());
  }

  private boolean fits(Put put) {
    try {
      write(put);
      return true;
    } catch (StoreException e) {
      return false;
    }
  }

  @Test
  void sizeBytes_growsWithWhatIsWritten() throws StoreException {
    long before = store.sizeBytes();
    write(store, true, put("a", new byte[10], random(1, 1 << 20)));
    assertTrue(store.sizeBytes() >= before + (1 << 20));
  }

  @Test
  void backup_isAStore_thatGoesItsOwnWay() throws Exception {
    write(put("a", "1", "first"));
    store.putModule("m", bytes("module"));
    reopen();
    write(put("b", "2", "second"));
    Path copy = elsewhere.resolve("copy");
    store.backup(copy);
    write(put("a", "3", "third"), remove("b"));
    try (SessionStore other = openCopy(copy)) {
      assertEquals(Map.of("a", "1", "b", "2"), Seen.in(other).heads());
      assertEquals("second", body(other, "b"));
      assertArrayEquals(bytes("module"), other.module("m"));
      write(other, true, put("c", "4", "fourth"));
      assertEquals(Map.of("a", "3"), Seen.in(store).heads());
    }
    store.backup(elsewhere.resolve("second"));
    try (SessionStore other = openCopy(elsewhere.resolve("second"))) {
      assertEquals(Map.of("a", "3"), Seen.in(other).heads());
    }
    try (var left = Files.list(elsewhere)) {
      assertEquals(2, left.count());
    }
  }

  @Test
  void backup_placeIsTaken_isRefusedAndLeavesIt() throws Exception {
    Path taken = Files.writeString(elsewhere.resolve("taken"), "mine");
    Path nowhere = elsewhere.resolve("nowhere/copy");
    for (Path place : List.of(taken, elsewhere, nowhere)) {
      var refused = assertThrows(StoreException.class, () -> store.backup(place));
      assertTrue(refused.getMessage().startsWith(place.toString()), refused.getMessage());
    }
    assertEquals("mine", Files.readString(taken));
    assertFalse(Files.exists(nowhere));
    write(put("a", "1", "1"));
  }

  /** Each write puts its number into two sessions, one after another. */
  @Test
  void backup_whileItIsWritten_endsBetweenTwoWrites() throws Exception {
    var over = new AtomicBoolean();
    var begun = new CountDownLatch(1);
    try (var threads = Executors.newSingleThreadExecutor()) {
      Future<Integer> writer =
          threads.submit(
              () -> {
                int i = 0;
                for (; !over.get(); i++) {
                  String number = Integer.toString(i);
                  write(put("a", number, number), put("b", number, number));
                  begun.countDown();
                }
                return i;
              });
      try {
        assertTrue(begun.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        for (int i = 0; i < 3; i++) {
          int before = Integer.parseInt(body(store, "b"));
          Path copy = elsewhere.resolve("copy" + i);
          store.backup(copy);
          int after = Integer.parseInt(body(store, "b")) + 1;
          try (SessionStore other = openCopy(copy)) {
            int number = Integer.parseInt(body(other, "a"));
            assertEquals(body(other, "a"), body(other, "b"));
            assertTrue(before <= number && number <= after, before + "," + number + "," + after);
          }
        }
      } finally {
        over.set(true);
      }
      assertTrue(writer.get(PATIENCE_SECONDS, TimeUnit.SECONDS) > 0);
    }
  }
}
