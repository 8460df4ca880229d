package dev.mooring.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.postgres.PostgresServer;
import dev.mooring.server.testing.Eventually;
import dev.mooring.store.SessionStore.Change;
import dev.mooring.store.SessionStore.Change.Append;
import dev.mooring.store.SessionStore.Change.Put;
import dev.mooring.store.SessionStore.Change.Remove;
import dev.mooring.store.SessionStore.Head;
import dev.mooring.store.SharedStore.Claimed;
import dev.mooring.store.postgres.PostgresAdmin;
import dev.mooring.store.postgres.PostgresConfig;
import dev.mooring.store.postgres.PostgresStore;
import dev.mooring.store.postgres.PostgresUrl;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** By a real database, which all tests share; each begins with empty tables. */
final class PostgresStoreTest extends SessionStoreContract {
  private static final int LEASE_MILLIS = 1_000;
  private static final int PATIENCE_SECONDS = 30;

  @TempDir static Path folder;
  private static PostgresServer database;

  /** As what the store has each session that it has. */
  private final Map<String, Long> incarnations = new ConcurrentHashMap<>();

  private final List<PostgresStore> others = new ArrayList<>();

  @BeforeAll
  static void startDatabase() throws Exception {
    database = PostgresServer.start(folder.resolve("database"));
    PostgresAdmin.init(config("init"));
  }

  @AfterAll
  static void stopDatabase() throws Exception {
    database.close();
  }

  private static PostgresConfig config(String node) {
    return PostgresConfig.of(PostgresUrl.parse(database.url()), database.password(), node)
        .withLeaseMillis(LEASE_MILLIS);
  }

  @Override
  @BeforeEach
  void begin() throws StoreException {
    sql(
        "TRUNCATE mooring_session, mooring_key, mooring_record, mooring_module, mooring_lease,"
            + " mooring_fence");
    super.begin();
  }

  @Override
  @AfterEach
  void end() {
    super.end();
    others.forEach(PostgresStore::close);
  }

  /** It has all sessions that are there. */
  @Override
  SessionStore open(long maxBytes) throws StoreException {
    PostgresStore opened = PostgresStore.open(config("a"));
    incarnations.clear();
    for (String id : Seen.in(opened).heads().keySet()) {
      incarnations.put(id, claim(opened, id).incarnation());
    }
    return opened;
  }

  private PostgresStore other(String node) throws StoreException {
    PostgresStore other = PostgresStore.open(config(node));
    others.add(other);
    return other;
  }

  private static Claimed claim(SharedStore by, String id) throws StoreException {
    Claimed claimed = by.claim(id);
    assertNotNull(claimed, id);
    return claimed;
  }

  @Override
  Change own(Change change) {
    Long known = incarnations.get(change.id());
    long as = known == null ? Change.NEW : known;
    if (change instanceof Remove) {
      incarnations.remove(change.id());
    } else {
      incarnations.putIfAbsent(change.id(), 0L);
    }
    return as(change, as);
  }

  private static Change as(Change change, long incarnation) {
    return switch (change) {
      case Put put -> new Put(put.id(), incarnation, put.head(), put.body());
      case Append append -> new Append(append.id(), incarnation, append.head(), append.appended());
      case Remove remove -> new Remove(remove.id(), incarnation);
    };
  }

  private PostgresStore here() {
    return (PostgresStore) store;
  }

  private static Put found(String id, String key) {
    return new Put(
        id,
        Change.NEW,
        new Head(bytes("head"), () -> List.of(bytes(key)), Long.MAX_VALUE, Long.MAX_VALUE),
        bytes("body"));
  }

  private static String sql(String text) {
    try {
      return database.psql(text);
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** What a node is told. */
  private static final class Told implements SharedStore.Listener {
    private final Queue<String> lost = new ConcurrentLinkedQueue<>();
    private final Queue<Claimed> claimed = new ConcurrentLinkedQueue<>();

    @Override
    public void lost(String id, long incarnation, boolean isTaken) {
      lost.add(id + (isTaken ? " taken" : " freed"));
    }

    @Override
    public int room() {
      return 1_000;
    }

    @Override
    public void claimed(Claimed session) {
      claimed.add(session);
    }
  }

  @Test
  void find_byKey_isTheSession_whosever() throws StoreException {
    store.write(List.of(found("a", "k1"), found("b", "k2")), true);
    PostgresStore other = other("b");
    assertEquals("a", requireFound(other.find(bytes("k1"))).id());
    assertArrayEquals(bytes("head"), requireFound(other.find(bytes("k2"))).head());
    assertNull(other.find(bytes("k3")));
    assertNull(other.claim("c"));
  }

  @Test
  void claim_ofSeveral_hasThoseThatCanBeHad() throws StoreException {
    store.write(List.of(found("b", "k1"), found("a", "k2"), found("c", "k3")), true);
    sql("UPDATE mooring_session SET head = 'broken' WHERE id = 'c'");
    PostgresStore other = other("b");
    SharedStore.Claims claims = other.claim(List.of("b", "none", "c", "a"));
    assertEquals(Set.of("a", "b"), claims.claimed().keySet());
    assertEquals(Set.of("c"), claims.failed().keySet());
    for (Claimed each : claims.claimed().values()) {
      assertEquals(2, each.incarnation());
      assertArrayEquals(bytes("head"), each.head());
      assertEquals(
          List.of(), other.write(List.of(new Append(each.id(), 2, null, bytes("on"))), true));
    }
    var late = new Append("a", Change.NEW, null, bytes("late"));
    assertEquals(List.of(late), store.write(List.of(late), true));
  }

  @Test
  void claim_forWhoHasGone_isNotMade() throws StoreException {
    store.write(List.of(found("a", "k1"), found("b", "k2")), true);
    PostgresStore other = other("b");
    var work = new ArrayDeque<Runnable>();
    var writer = new StoreWriter(other, work::add, work::add);
    var told = new ArrayList<String>();
    writer.claim(other, "a", asker(false, told));
    writer.claim(other, "b", asker(true, told));
    while (!work.isEmpty()) {
      work.remove().run();
    }
    assertEquals(List.of("b"), told);
    assertTrue(requireFound(other.find(bytes("k2"))).isOurs());
    assertFalse(requireFound(other.find(bytes("k1"))).isOurs());
  }

  private static StoreWriter.Asker<Claimed> asker(boolean isWanted, List<String> told) {
    return new StoreWriter.Asker<>() {
      @Override
      public boolean isWanted() {
        return isWanted;
      }

      @Override
      public void answered(@Nullable Claimed claimed) {
        told.add(claimed == null ? "none" : claimed.id());
      }

      @Override
      public void failed(StoreException why) {
        told.add(String.valueOf(why.getMessage()));
      }
    };
  }

  private static SharedStore.Found requireFound(SharedStore.@Nullable Found found) {
    assertNotNull(found);
    return found;
  }

  @Test
  void put_ofAKeyThatAnotherHas_isRefused_andLeavesNothing() throws StoreException {
    store.write(List.of(found("a", "k")), true);
    Put second = found("b", "k");
    Put third = found("c", "other");
    Collection<Change> refused = other("b").write(List.of(second, third), true);
    assertEquals(List.of(second), List.copyOf(refused));
    assertEquals(Map.of("a", "head", "c", "head"), Seen.in(store).heads());
    assertEquals("none", body(store, "b"));
    assertEquals("a", requireFound(here().find(bytes("k"))).id());
  }

  @Test
  void claim_theOldOwnersNextWrite_isRefused_andAllOthersAreMade() throws Exception {
    var told = new Told();
    here().listen(told);
    write(put("a", "1", "one"), put("b", "1", "one"));
    PostgresStore other = other("b");
    Claimed claimed = claim(other, "a");
    assertEquals("one", body(other, "a"));
    Append late = (Append) own(append("a", null, "late"));
    Collection<Change> refused =
        store.write(List.of(late, own(append("b", null, "in time"))), true);
    assertEquals(List.of(late), List.copyOf(refused));
    assertEquals(
        List.of(),
        List.copyOf(
            other.write(List.of(as(append("a", null, "two"), claimed.incarnation())), true)));
    assertEquals("one + two", body(other, "a"));
    assertEquals("one + in time", body(other, "b"));
  }

  @Test
  void claim_theOldOwner_isToldSoon_andLetsGo() throws Exception {
    var told = new Told();
    here().listen(told);
    write(put("a", "1", "one"));
    claim(other("b"), "a");
    Eventually.assertEventually(() -> told.lost.contains("a taken"), "it isn't told");
    Eventually.assertEventually(
        () -> sql("SELECT count(*) FROM mooring_record WHERE displaced <> 0").equals("0"),
        "it hasn't let go");
    Change late = own(append("a", null, "late"));
    assertEquals(List.of(late), List.copyOf(store.write(List.of(late), true)));
  }

  @Test
  void claim_thereAndBack_refusesWhatTheFirstHasLeftToWrite() throws Exception {
    write(put("a", "1", "one"));
    Change stale = own(append("a", null, "stale"));
    PostgresStore other = other("b");
    Claimed there = claim(other, "a");
    Claimed back = claim(here(), "a");
    assertTrue(back.incarnation() > there.incarnation());
    assertEquals(List.of(stale), List.copyOf(store.write(List.of(stale), true)));
    Change fresh = as(append("a", null, "fresh"), back.incarnation());
    assertEquals(List.of(), List.copyOf(store.write(List.of(fresh), true)));
    Change lateThere = as(append("a", null, "late"), there.incarnation());
    assertEquals(List.of(lateThere), List.copyOf(other.write(List.of(lateThere), true)));
    assertEquals("one + fresh", body(store, "a"));
  }

  @Test
  void remove_byAnOldOwner_isRefused_andByTheNewOneLeavesWhatKeepsTheOldOut() throws Exception {
    write(put("a", "1", "one"));
    Change late = own(append("a", null, "late"));
    Change removal = as(remove("a"), 0);
    database.psql("SELECT 1");
    PostgresStore other = other("b");
    Claimed claimed = claim(other, "a");
    assertEquals(List.of(removal), List.copyOf(store.write(List.of(removal), true)));
    assertEquals(
        List.of(), List.copyOf(other.write(List.of(new Remove("a", claimed.incarnation())), true)));
    assertEquals(List.of(late), List.copyOf(store.write(List.of(late), true)));
    assertEquals(Map.of(), Seen.in(other).heads());
    assertEquals("none", body(other, "a"));
  }

  @Test
  void whole_afterATakeOver_leavesTheRowThatKeepsTheOldOwnerOut() throws Exception {
    write(put("a", "1", "one"));
    PostgresStore other = other("b");
    Claimed claimed = claim(other, "a");
    Change whole = as(put("a", "2", "two"), claimed.incarnation());
    assertEquals(List.of(), List.copyOf(other.write(List.of(whole), true)));
    Change late = own(append("a", null, "late"));
    assertEquals(List.of(late), List.copyOf(store.write(List.of(late), true)));
    assertEquals("two", body(other, "a"));
  }

  @Test
  void claim_bySeveralAtATime_oneHasItAtTheEnd_andNothingIsLost() throws Exception {
    write(put("a", "1", "0"));
    var nodes = List.of(here(), other("b"), other("c"));
    int rounds = 20;
    int written = 0;
    try (var threads = Executors.newFixedThreadPool(nodes.size())) {
      List<Future<Integer>> running = new ArrayList<>();
      for (int n = 0; n < nodes.size(); n++) {
        PostgresStore node = nodes.get(n);
        String name = "n" + n + "-";
        running.add(
            threads.submit(
                () -> {
                  int made = 0;
                  for (int i = 0; i < rounds; i++) {
                    Claimed mine = claim(node, "a");
                    Change change = as(append("a", null, name + i), mine.incarnation());
                    made += node.write(List.of(change), true).isEmpty() ? 1 : 0;
                  }
                  return made;
                }));
      }
      for (Future<Integer> one : running) {
        written += one.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
    }
    String[] parts = body(store, "a").split(" \\+ ", -1);
    assertEquals(written, parts.length - 1);
    assertEquals(parts.length, List.of(parts).stream().distinct().count());
  }

  @Test
  void node_thatIsTakenForDead_commitsNothing_andBeginsAnew() throws Exception {
    var told = new Told();
    here().listen(told);
    write(put("a", "1", "one"));
    database.psql("DELETE FROM mooring_fence");
    Change late = own(append("a", null, "late"));
    assertEquals(List.of(late), List.copyOf(store.write(List.of(late), true)));
    Eventually.assertEventually(() -> told.lost.contains("a freed"), "it isn't told");
    assertEquals("one", body(store, "a"));
    Eventually.assertEventually(
        () -> {
          try {
            return here().claim("a") != null;
          } catch (StoreUnavailable e) {
            return false;
          } catch (StoreException e) {
            throw new AssertionError(e);
          }
        },
        "it doesn't begin anew");
    assertEquals("one", body(store, "a"));
  }

  @Test
  void deadNode_itsDueSessions_areTakenOverByWhoeverHasRoom() throws Exception {
    long soon = here().currentTimeMillis() + 200;
    store.write(
        List.of(
            new Put(
                "a",
                Change.NEW,
                new Head(bytes("head"), List::of, soon, Long.MAX_VALUE),
                bytes("body"))),
        true);
    PostgresStore other = other("b");
    var told = new Told();
    other.listen(told);
    Thread.sleep(2 * LEASE_MILLIS);
    assertEquals(0, told.claimed.size(), "its owner lives");
    // Its process has been stopped, say.
    database.psql("UPDATE mooring_lease SET until_ms = 1 WHERE node = 'a'");
    database.psql(
        "INSERT INTO mooring_lease SELECT 7, 'dead', 1; UPDATE mooring_session SET owner = 7;"
            + " INSERT INTO mooring_fence VALUES (7)");
    Eventually.assertEventually(() -> told.claimed.size() == 1, "nobody takes it over");
    assertEquals("a", told.claimed.element().id());
    assertTrue(told.claimed.element().lostMillis() > 0);
    assertEquals("body", body(other, "a"));
  }

  @Test
  void close_letsGoOfEverything() throws Exception {
    write(put("a", "1", "one"));
    store.close();
    assertEquals("0", database.psql("SELECT count(*) FROM mooring_session WHERE owner <> 0"));
    assertEquals("0", database.psql("SELECT count(*) FROM mooring_lease"));
    store = open(0);
  }

  @Test
  void databaseIsAway_writesWaitForIt_andReadersAreToldSo() throws Exception {
    write(put("a", "1", "one"));
    database.kill();
    Change change = own(append("a", null, "two"));
    try (var thread = Executors.newSingleThreadExecutor()) {
      Future<Collection<Change>> written = thread.submit(() -> store.write(List.of(change), true));
      Eventually.assertEventually(() -> here().trouble() != null, "it isn't noticed");
      assertThrows(StoreUnavailable.class, () -> here().find(bytes("k")));
      assertThrows(StoreUnavailable.class, () -> here().claim("b"));
      database.restart();
      assertEquals(List.of(), List.copyOf(written.get(PATIENCE_SECONDS, TimeUnit.SECONDS)));
    }
    Eventually.assertEventually(() -> here().trouble() == null, "it isn't noticed");
    assertEquals("one + two", body(store, "a"));
  }

  @Test
  void noTables_isSaid_andHowToMakeThem() throws Exception {
    database.psql("ALTER TABLE mooring_schema RENAME TO elsewhere");
    try {
      String message =
          assertThrows(StoreException.class, () -> PostgresStore.open(config("b"))).getMessage();
      assertTrue(message.contains("has no tables for sessions: `mooring store "), message);
    } finally {
      database.psql("ALTER TABLE elsewhere RENAME TO mooring_schema");
    }
  }

  @Test
  void wrongPassword_isSaidByTheDatabase() {
    PostgresConfig wrong = PostgresConfig.of(PostgresUrl.parse(database.url()), "wrong", "b");
    String message =
        assertThrows(StoreException.class, () -> PostgresStore.open(wrong)).getMessage();
    assertTrue(message.contains("password authentication failed"), message);
  }
}
