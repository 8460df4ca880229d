package dev.mooring.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.store.SessionStore.Change;
import dev.mooring.store.SessionStore.Change.Append;
import dev.mooring.store.SessionStore.Change.Put;
import dev.mooring.store.SessionStore.Change.Remove;
import dev.mooring.store.SessionStore.Head;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every store promises. */
abstract class SessionStoreContract {
  private static final long AMPLE_BYTES = 1L << 40;
  private static final int PATIENCE_SECONDS = 60;

  @TempDir Path elsewhere;
  SessionStore store;

  /** Opens the one store of this test, which may take so much; it is closed. */
  abstract SessionStore open(long maxBytes) throws StoreException;

  @BeforeEach
  void begin() throws StoreException {
    store = open(AMPLE_BYTES);
  }

  @AfterEach
  void end() {
    store.close();
  }

  void reopen(long maxBytes) throws StoreException {
    store.close();
    store = open(maxBytes);
  }

  void reopen() throws StoreException {
    reopen(AMPLE_BYTES);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static Put put(String id, String head, String body) {
    return put(id, bytes(head), bytes(body));
  }

  static Put put(String id, byte[] head, byte[] body) {
    return new Put(id, 0, Head.of(head), body);
  }

  static Remove remove(String id) {
    return new Remove(id, 0);
  }

  /** A change with what the store has the session as. */
  Change own(Change change) {
    return change;
  }

  static byte[] random(int seed, int length) {
    var bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static String body(SessionStore of, String id) throws StoreException {
    List<String> parts = new ArrayList<>();
    of.read(id).forEach(part -> parts.add(new String(part, StandardCharsets.UTF_8)));
    return parts.isEmpty() ? "none" : String.join(" + ", parts);
  }

  static Append append(String id, @Nullable String head, String appended) {
    return new Append(id, 0, head == null ? null : Head.of(bytes(head)), bytes(appended));
  }

  void write(Change... changes) throws StoreException {
    write(store, false, changes);
  }

  void write(SessionStore to, boolean sync, Change... changes) throws StoreException {
    List<Change> own = Stream.of(changes).map(this::own).toList();
    assertEquals(List.of(), List.copyOf(to.write(own, sync)), "refused");
  }

  @Test
  void new_hasNothing() throws StoreException {
    assertEquals(new Seen(Map.of(), Map.of()), Seen.in(store));
    assertEquals(List.of(), store.read("a"));
    assertNull(store.module("a"));
    store.retainModules(Set.of());
    reopen();
    assertEquals(Map.of(), Seen.in(store).heads());
  }

  @Test
  void put_isReadBack_nowAndWhenOpenedAnew() throws StoreException {
    write(put("b", "head b", "body b"), put("a", "head a", "body a"));
    for (int time = 0; time < 3; time++) {
      assertEquals(
          new Seen(Map.of("a", "head a", "b", "head b"), Map.of()), Seen.in(store), "time " + time);
      assertEquals("body a", body(store, "a"));
      assertEquals("body b", body(store, "b"));
      assertEquals(List.of(), store.read("c"));
      reopen();
    }
  }

  @Test
  void put_ofAnIdThatIsThere_replacesHeadAndBody() throws StoreException {
    write(put("a", "one", "first"));
    reopen();
    write(put("a", "two", "second"));
    assertEquals(Map.of("a", "two"), Seen.in(store).heads());
    reopen();
    assertEquals(Map.of("a", "two"), Seen.in(store).heads());
    assertEquals("second", body(store, "a"));
  }

  @Test
  void remove_leavesNothing_andOneThatIsntThereChangesNothing() throws StoreException {
    write(put("a", "one", "first"), put("b", "two", "second"));
    reopen();
    write(remove("a"), remove("c"));
    for (int time = 0; time < 2; time++) {
      assertEquals(Map.of("b", "two"), Seen.in(store).heads());
      assertEquals(List.of(), store.read("a"));
      reopen();
    }
  }

  @Test
  void write_severalOfOneSession_theLastHolds() throws StoreException {
    write(put("a", "1", "1"), remove("a"), put("a", "2", "2"), put("b", "1", "1"));
    write(put("c", "1", "1"), remove("c"), put("b", "2", "2"));
    assertEquals(Map.of("a", "2", "b", "2"), Seen.in(store).heads());
    assertEquals("2", body(store, "a"));
    assertEquals("2", body(store, "b"));
    assertEquals("none", body(store, "c"));
  }

  @Test
  void append_followsTheBody_andWhatWasAppendedBefore() throws StoreException {
    write(put("a", "1", "body"), put("b", "1", "other"));
    write(append("a", null, "one"));
    write(append("b", null, "x"), append("a", "2", "two"), append("a", null, "three"));
    for (int time = 0; time < 3; time++) {
      assertEquals(Map.of("a", "2", "b", "1"), Seen.in(store).heads(), "time " + time);
      assertEquals("body + one + two + three", body(store, "a"));
      assertEquals("other + x", body(store, "b"));
      reopen();
    }
    write(append("a", "3", ""));
    assertEquals("body + one + two + three + ", body(store, "a"));
    write(append("a", null, "gone"), put("a", "4", "new"), append("a", null, "four"));
    for (int time = 0; time < 2; time++) {
      assertEquals("4", Seen.in(store).heads().get("a"));
      assertEquals("new + four", body(store, "a"));
      reopen();
    }
    write(remove("a"));
    assertEquals("none", body(store, "a"));
    write(put("a", "5", "again"));
    assertEquals("again", body(store, "a"));
  }

  @Test
  void append_oftenAndOfAnySize_isReadBackInOrder() throws StoreException {
    var random = new Random(3);
    List<String> expected = new ArrayList<>();
    expected.add("body");
    write(put("a", "1", "body"));
    for (int i = 0; i < 300; i++) {
      String text = (i + " ").repeat(random.nextInt(i % 50 == 0 ? 20_000 : 20));
      write(store, i % 100 == 0, append("a", null, text));
      expected.add(text);
      if (i % 90 == 0) {
        reopen();
      }
    }
    assertEquals(String.join(" + ", expected), body(store, "a"));
  }

  @Test
  void write_idThatIsNone_changesNothing() throws StoreException {
    var bad = List.of("", "a".repeat(SessionStore.MAX_ID_BYTES + 1), "\ud800", "a\u0000");
    for (String id : bad) {
      assertThrows(
          IllegalArgumentException.class, () -> write(put("a", "1", "1"), put(id, "", "")));
      assertThrows(IllegalArgumentException.class, () -> write(put("a", "1", "1"), remove(id)));
      assertThrows(IllegalArgumentException.class, () -> store.read(id));
    }
    assertEquals(Map.of(), Seen.in(store).heads());
  }

  @Test
  void write_nothing_isNothing() throws StoreException {
    store.write(List.of(), false);
    store.write(List.of(), true);
    write(put("a", "1", "1"));
    store.write(List.of(), true);
    assertEquals(Map.of("a", "1"), Seen.in(store).heads());
  }

  @Test
  void anyIdsAndSizes_areKept() throws StoreException {
    byte[] large = random(1, 20 << 20);
    List<String> ids =
        List.of("h", "b", "m", "version", "ä€😀", "z".repeat(SessionStore.MAX_ID_BYTES));
    for (String id : ids) {
      write(put(id, "head of " + id.length(), ""));
    }
    write(store, true, put("large", new byte[0], large));
    reopen();
    Seen seen = Seen.in(store);
    assertEquals(ids.size() + 1, seen.heads().size());
    for (String id : ids) {
      assertEquals("head of " + id.length(), seen.heads().get(id));
      assertEquals("", body(store, id));
    }
    assertEquals("", seen.heads().get("large"));
    assertArrayEquals(large, store.read("large").getFirst());
  }

  @Test
  void read_itsArray_isTheCallersOwn() throws StoreException {
    write(put("a", "head", "body"));
    store.putModule("m", bytes("module"));
    byte[] body = store.read("a").getFirst();
    byte[] module = store.module("m");
    assertNotNull(module);
    body[0] = 0;
    module[0] = 0;
    assertEquals("body", body(store, "a"));
    assertArrayEquals(bytes("module"), store.module("m"));
  }

  @Test
  void scan_writesMeanwhile_showsThoseThatWereThere() throws StoreException {
    for (int i = 0; i < 100; i++) {
      write(put("s" + i, "old", "old"));
    }
    var shown = new ArrayList<String>();
    store.scan(
        new SessionStore.Visitor() {
          @Override
          public void session(String id, byte[] head) {
            shown.add(id + new String(head, StandardCharsets.UTF_8));
            try {
              assertEquals("old", body(store, id));
              write(remove(id), put("s" + (shown.size() + 1000), "new", "new"));
              write(put("s99", "new", "old"));
            } catch (StoreException e) {
              throw new AssertionError(e);
            }
          }

          @Override
          public void damaged(String id, String why) {
            throw new AssertionError(id + why);
          }
        });
    assertEquals(100, shown.size());
    assertTrue(shown.contains("s99old"), shown::toString);
    assertTrue(shown.stream().allMatch(one -> one.endsWith("old")), shown::toString);
  }

  @Test
  void scan_visitorThrows_isThrownAndTheStoreGoesOn() throws StoreException {
    write(put("a", "head", "body"), put("b", "head", "body"));
    var visitor =
        new SessionStore.Visitor() {
          @Override
          public void session(String id, byte[] head) {
            throw new IllegalStateException(id);
          }

          @Override
          public void damaged(String id, String why) {}
        };
    assertEquals(
        "a", assertThrows(IllegalStateException.class, () -> store.scan(visitor)).getMessage());
    write(remove("a"));
    assertEquals(Map.of("b", "head"), Seen.in(store).heads());
  }

  @Test
  void scan_visitorCloses_isRefused() throws StoreException {
    write(put("a", "head", "body"));
    var visitor =
        new SessionStore.Visitor() {
          @Override
          public void session(String id, byte[] head) {
            store.close();
          }

          @Override
          public void damaged(String id, String why) {}
        };
    assertThrows(IllegalStateException.class, () -> store.scan(visitor));
    assertEquals("body", body(store, "a"));
  }

  /** Each write puts the same number into two sessions. */
  @Test
  void write_whileOthersRead_isAllOrNothing() throws Exception {
    var over = new AtomicBoolean();
    write(put("a", "0", "0"), put("b", "0", "0"));
    var readers = new ArrayList<Callable<Integer>>();
    readers.add(
        () -> {
          int scans = 0;
          while (!over.get() || scans == 0) {
            Map<String, String> heads = Seen.in(store).heads();
            assertEquals(heads.get("a"), heads.get("b"));
            scans++;
          }
          return scans;
        });
    readers.add(
        () -> {
          int last = 0;
          while (!over.get() || last == 0) {
            int first = Integer.parseInt(body(store, "a"));
            int second = Integer.parseInt(body(store, "b"));
            assertTrue(first >= last && second >= first, last + ", " + first + ", " + second);
            last = second;
          }
          return last;
        });
    try (var threads = Executors.newCachedThreadPool()) {
      List<Future<Integer>> running = readers.stream().map(threads::submit).toList();
      try {
        for (int i = 1; i <= 500; i++) {
          String number = Integer.toString(i);
          write(put("a", number, number), put("b", number, number));
        }
      } finally {
        over.set(true);
      }
      for (Future<Integer> reader : running) {
        assertTrue(reader.get(PATIENCE_SECONDS, TimeUnit.SECONDS) > 0);
      }
    }
  }

  @Test
  void modules_areKeptUntilNobodyNamesThem() throws StoreException {
    byte[] wasm = random(2, 3 << 20);
    store.putModule("one", wasm);
    store.putModule("two", bytes("second"));
    store.putModule("two", bytes("second"));
    store.putModule("three", new byte[0]);
    write(put("one", "head", "body"));
    reopen();
    assertArrayEquals(wasm, store.module("one"));
    assertArrayEquals(new byte[0], store.module("three"));
    assertEquals(Map.of("one", "head"), Seen.in(store).heads());
    store.retainModules(Set.of("two", "four"));
    for (int time = 0; time < 2; time++) {
      assertNull(store.module("one"));
      assertArrayEquals(bytes("second"), store.module("two"));
      assertNull(store.module("three"));
      assertNull(store.module("four"));
      assertEquals("body", body(store, "one"));
      reopen();
    }
    store.putModule("one", wasm);
    assertArrayEquals(wasm, store.module("one"));
  }

  @Test
  void closed_refusesEverything_andMayBeClosedAgain() throws StoreException {
    write(put("a", "1", "1"));
    store.close();
    store.close();
    assertClosed(() -> Seen.in(store));
    assertClosed(() -> store.read("a"));
    assertClosed(() -> store.module("a"));
    assertClosed(
        () -> {
          write(put("a", "2", "2"));
          return null;
        });
    assertClosed(
        () -> {
          store.putModule("a", new byte[1]);
          return null;
        });
    assertClosed(
        () -> {
          store.retainModules(Set.of());
          return null;
        });
    assertClosed(
        () -> {
          store.backup(elsewhere.resolve("copy"));
          return null;
        });
    assertTrue(store.sizeBytes() >= 0);
    store = open(AMPLE_BYTES);
    assertEquals(Map.of("a", "1"), Seen.in(store).heads());
  }

  private static void assertClosed(Callable<?> use) {
    var e = assertThrows(StoreException.class, use::call);
    assertTrue(e.getMessage().contains("closed"), e.getMessage());
  }

  @Test
  void close_whileOthersAreAtIt_waitsForThem() throws Exception {
    for (int round = 0; round < 5; round++) {
      for (int i = 0; i < 50; i++) {
        write(put("s" + i, "head", "body"));
      }
      SessionStore closing = store;
      var begun = new CountDownLatch(4);
      try (var threads = Executors.newCachedThreadPool()) {
        var uses =
            List.<Callable<?>>of(
                () -> Seen.in(closing),
                () -> closing.read("s1"),
                () -> {
                  write(closing, false, put("s1", "head", "body"));
                  return null;
                },
                () -> {
                  closing.putModule("m", new byte[100]);
                  closing.retainModules(Set.of());
                  return null;
                });
        List<Future<StoreException>> ends =
            uses.stream().map(use -> threads.submit(() -> untilClosed(use, begun))).toList();
        assertTrue(begun.await(PATIENCE_SECONDS, TimeUnit.SECONDS));
        closing.close();
        for (Future<StoreException> end : ends) {
          String message = end.get(PATIENCE_SECONDS, TimeUnit.SECONDS).getMessage();
          assertTrue(message.contains("closed"), message);
        }
      }
      store = open(AMPLE_BYTES);
      assertEquals(50, Seen.in(store).heads().size());
    }
  }

  private static StoreException untilClosed(Callable<?> use, CountDownLatch begun)
      throws Exception {
    while (true) {
      try {
        use.call();
        begun.countDown();
      } catch (StoreException e) {
        return e;
      }
    }
  }
}
