package dev.mooring.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.store.SessionStore.Change;
import dev.mooring.store.SessionStore.Change.Remove;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBatch;

/**
 * Stores whose files have lost their ends or had bits turned, at any place of any file. Each serves
 * what is whole or says in plain words that it doesn't.
 *
 * <p>The damages are the same each time; {@code -Dmooring.seed=N} for others.
 */
final class RocksStoreDamageTest {
  private static final long AMPLE_BYTES = 1L << 40;

  /** For each file of data of each store: so many ends lost, and so many bits turned. */
  private static final int CASES = Integer.getInteger("mooring.store.cases", 4);

  /** Others are logs and notes: half of the cases will do. */
  private static final Pattern DATA = Pattern.compile("CURRENT|MANIFEST.*|.*\\.log|.*\\.sst");

  private static final int WRITES = 60;
  private static final int SESSIONS = 40;

  /** The text of a session's head, by its id, after each write. */
  private static final List<Map<String, String>> HISTORY = new ArrayList<>();

  @TempDir static Path made;

  /** Closed in order. */
  private static Path closed;

  /** As a process leaves it that is killed: its last writes are in the log alone. */
  private static Path killed;

  private final long seed = Long.getLong("mooring.seed", 1);
  private final Random random = new Random(seed);
  private int copies;

  private enum End {
    REFUSED,
    SERVED,
    SERVED_EARLIER,
    SERVED_IN_PART
  }

  @BeforeAll
  static void make() throws IOException {
    var random = new Random(1);
    var sessions = new TreeMap<String, String>();
    HISTORY.clear();
    closed = made.resolve("closed");
    killed = made.resolve("killed");
    for (int part = 0; part < 3; part++) {
      try (var store = RocksStore.open(closed, AMPLE_BYTES)) {
        if (part == 0) {
          HISTORY.add(Map.of());
          store.putModule("module", new byte[1000]);
        }
        for (int i = 0; i < WRITES / 3; i++) {
          store.write(changes(random, sessions), false);
          HISTORY.add(Map.copyOf(sessions));
        }
        if (part == 2) {
          copy(closed, killed);
        }
      }
    }
  }

  private static List<Change> changes(Random random, Map<String, String> sessions) {
    var changes = new ArrayList<Change>();
    for (int i = 0; i < 4; i++) {
      String id = "session %03d".formatted(random.nextInt(SESSIONS));
      if (i == 3) {
        changes.add(new Remove(id, 0));
        sessions.remove(id);
      } else {
        String head = id + " " + random.nextLong() + " ".repeat(random.nextInt(300));
        changes.add(
            SessionStoreContract.put(id, head.getBytes(StandardCharsets.ISO_8859_1), body(head)));
        sessions.put(id, head);
      }
    }
    return changes;
  }

  private static byte[] body(String head) {
    var random = new Random(head.hashCode());
    var body = new byte[random.nextInt(5000)];
    random.nextBytes(body);
    return body;
  }

  private static Path copy(Path from, Path to) throws IOException {
    Files.createDirectory(to);
    try (var files = Files.newDirectoryStream(from)) {
      for (Path file : files) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
    return to;
  }

  private static List<String> names(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void undamaged_servesEverything() throws IOException {
    assertEquals(End.SERVED, open(copy(closed, made.resolve("whole closed")), "closed", WRITES));
    assertEquals(End.SERVED, open(copy(killed, made.resolve("whole killed")), "killed", WRITES));
  }

  @Test
  void closed_aFileLosesItsEnd_isServedWholeOrRefused() throws IOException {
    sweep(closed, WRITES, this::cut);
  }

  @Test
  void closed_aBitIsTurned_isServedWithoutTheDamagedOrRefused() throws IOException {
    sweep(closed, WRITES, this::turn);
  }

  @Test
  void killed_aFileLosesItsEnd_isServedUpToThereOrRefused() throws IOException {
    sweep(killed, WRITES * 2 / 3, this::cut);
  }

  @Test
  void killed_aBitIsTurned_isServedUpToThereOrRefused() throws IOException {
    sweep(killed, WRITES * 2 / 3, this::turn);
  }

  @Test
  void aFileIsGone_isServedWholeOrRefused() throws IOException {
    for (Path store : List.of(closed, killed)) {
      for (String name : names(store)) {
        Path copy = copy(store, made.resolve("gone" + copies++));
        Files.delete(copy.resolve(name));
        open(copy, "without " + name, store.equals(closed) ? WRITES : WRITES * 2 / 3);
      }
    }
  }

  private interface Damage {
    /** Says what it does. */
    String to(Path file) throws IOException;
  }

  private String cut(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int length =
        switch (random.nextInt(6)) {
          case 0 -> 0;
          case 1 -> bytes.length - 1;
          default -> random.nextInt(bytes.length);
        };
    Files.write(file, Arrays.copyOf(bytes, length));
    return "cut to " + length + " of " + bytes.length;
  }

  private String turn(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int bit = random.nextInt(bytes.length * 8);
    bytes[bit / 8] ^= (byte) (1 << (bit % 8));
    Files.write(file, bytes);
    return "bit " + bit + " of " + bytes.length + " bytes";
  }

  /** What is written in tables is there, whatever becomes of the log. */
  private void sweep(Path store, int atLeastWrites, Damage damage) throws IOException {
    var ends = new TreeMap<String, Map<End, Integer>>();
    for (String name : names(store)) {
      int cases = DATA.matcher(name).matches() ? CASES : CASES / 2;
      for (int i = 0; i < cases && Files.size(store.resolve(name)) > 0; i++) {
        Path copy = copy(store, made.resolve("damaged" + copies++));
        String done = damage.to(copy.resolve(name));
        String what = "mooring.seed=" + seed + ", " + name + ": " + done;
        End end = open(copy, what, atLeastWrites);
        ends.computeIfAbsent(name, _ -> new EnumMap<>(End.class)).merge(end, 1, Integer::sum);
        delete(copy);
      }
    }
    System.out.println(ends);
  }

  private static void delete(Path folder) throws IOException {
    for (String name : names(folder)) {
      Files.delete(folder.resolve(name));
    }
    Files.delete(folder);
  }

  private static End open(Path folder, String what, int atLeastWrites) {
    try (var store = RocksStore.open(folder, AMPLE_BYTES)) {
      return use(store, what, atLeastWrites);
    } catch (StoreException e) {
      RocksStoreTest.assertPlain(folder, e.getMessage());
      return End.REFUSED;
    }
  }

  private static End use(SessionStore store, String what, int atLeastWrites) throws StoreException {
    Seen seen = Seen.in(store);
    var ids = new TreeSet<>(seen.heads().keySet());
    ids.addAll(seen.damaged().keySet());
    int writes = WRITES;
    while (writes >= 0 && !isAfter(HISTORY.get(writes), ids, seen)) {
      writes--;
    }
    assertTrue(
        writes >= atLeastWrites,
        () -> what + ": serves what it never held or what is too old: " + seen);
    int refused = 0;
    for (Map.Entry<String, String> session : seen.heads().entrySet()) {
      try {
        List<byte[]> parts = store.read(session.getKey());
        assertArrayEquals(
            body(session.getValue()), parts.getFirst(), what + ": " + session.getKey());
      } catch (StoreException e) {
        refused++;
      }
    }
    if (!seen.damaged().isEmpty() || refused > 0) {
      return End.SERVED_IN_PART;
    }
    return writes == WRITES ? End.SERVED : End.SERVED_EARLIER;
  }

  private static boolean isAfter(Map<String, String> state, Set<String> ids, Seen seen) {
    return state.keySet().equals(ids)
        && seen.heads().entrySet().stream()
            .allMatch(head -> head.getValue().equals(state.get(head.getKey())));
  }

  /** So many heads that they lie in many blocks, of which one is damaged after the other. */
  @Test
  void scan_aBlockOfHeadsIsDamaged_showsAllOthersAndNamesThose() throws IOException {
    int count = 3000;
    Path whole = made.resolve("many");
    var expected = new TreeSet<String>();
    try (var store = RocksStore.open(whole, AMPLE_BYTES)) {
      var noise = new Random(2);
      for (int i = 0; i < count; i++) {
        var head = new byte[100];
        noise.nextBytes(head);
        store.write(List.of(SessionStoreContract.put("id" + i, head, new byte[10])), false);
        expected.add("id" + i);
      }
    }
    String table =
        names(whole).stream().filter(name -> name.endsWith(".sst")).findFirst().orElseThrow();
    long bytes = Files.size(whole.resolve(table));
    int inPart = 0;
    for (int place = 1; place < 8; place++) {
      Path copy = copy(whole, made.resolve("many" + place));
      byte[] damaged = Files.readAllBytes(copy.resolve(table));
      damaged[(int) (bytes * place / 8)] ^= 1;
      Files.write(copy.resolve(table), damaged);
      try (var store = RocksStore.open(copy, AMPLE_BYTES)) {
        Seen seen = Seen.in(store);
        var ids = new TreeSet<>(seen.heads().keySet());
        ids.addAll(seen.damaged().keySet());
        assertEquals(expected, ids);
        assertTrue(seen.damaged().size() < 100, seen.damaged().size() + " are lost");
        inPart += seen.damaged().isEmpty() ? 0 : 1;
        String lost = seen.damaged().isEmpty() ? null : seen.damaged().keySet().iterator().next();
        if (lost != null) {
          String why = String.valueOf(seen.damaged().get(lost));
          assertTrue(why.contains("its head is damaged"), why);
          store.write(List.of(SessionStoreContract.put(lost, new byte[1], new byte[1])), true);
          assertEquals(seen.damaged().size() - 1, Seen.in(store).damaged().size());
        }
      }
    }
    assertTrue(inPart >= 3, inPart + " of the places are in heads");
  }

  /** The first of several logs loses its end between two writes: nothing in it is wrong then. */
  @Test
  void severalLogs_oneLosesItsEnd_noneBehindItIsServed() throws Exception {
    Path whole = made.resolve("logs");
    RocksStore.open(whole, AMPLE_BYTES).close();
    Path copy = made.resolve("logs copied");
    int count = 90;
    int bodyBytes = 100_000;
    var firstLogBytes = new ArrayList<Long>();
    String first = null;
    try (var options = new RocksOptions(false);
        RocksDB database = RocksDB.open(options.options, whole.toString())) {
      database.pauseBackgroundWork();
      for (int i = 0; i < count; i++) {
        try (var batch = new WriteBatch()) {
          byte[] number = Integer.toString(i).getBytes(StandardCharsets.US_ASCII);
          byte[] head = StoreKey.of(StoreKey.HEAD, "s" + i);
          byte[] body = StoreKey.of(StoreKey.BODY, "s" + i);
          batch.put(head, StoredValue.of(head, number));
          batch.put(body, StoredValue.of(body, new byte[bodyBytes]));
          database.write(options.unsynced, batch);
        }
        List<String> logs = logs(whole);
        first = logs.getFirst();
        if (logs.size() == 1) {
          firstLogBytes.add(Files.size(whole.resolve(first)));
        }
      }
      assertTrue(logs(whole).size() >= 2, () -> "there is one log");
      copy(whole, copy);
      database.continueBackgroundWork();
    }
    assertNotNull(first);
    try (var store = RocksStore.open(copy(copy, made.resolve("logs whole")), AMPLE_BYTES)) {
      assertEquals(count, Seen.in(store).heads().size());
    }
    for (int writes : new int[] {0, 1, firstLogBytes.size() / 2, firstLogBytes.size() - 1}) {
      for (int more : new int[] {0, 1}) {
        Path cut = copy(copy, made.resolve("logs cut" + copies++));
        Path log = cut.resolve(first);
        long length = (writes == 0 ? 0 : firstLogBytes.get(writes - 1)) + more;
        Files.write(log, Arrays.copyOf(Files.readAllBytes(log), (int) length));
        try (var store = RocksStore.open(cut, AMPLE_BYTES)) {
          assertEquals(writes, Seen.in(store).heads().size(), "cut to " + length);
        } catch (StoreException e) {
          RocksStoreTest.assertPlain(cut, e.getMessage());
        }
      }
    }
  }

  private static List<String> logs(Path folder) throws IOException {
    return names(folder).stream().filter(name -> name.endsWith(".log")).toList();
  }

  @Test
  void refused_inPlainWords() throws IOException {
    Path copy = copy(closed, made.resolve("refused"));
    String table =
        names(copy).stream().filter(name -> name.endsWith(".sst")).findFirst().orElseThrow();
    Files.write(copy.resolve(table), new byte[10]);
    var e = assertThrows(StoreException.class, () -> RocksStore.open(copy, AMPLE_BYTES));
    String message = e.getMessage();
    assertTrue(message.contains("it is damaged"), message);
    assertTrue(message.contains("put a backup in its place"), message);
  }
}
