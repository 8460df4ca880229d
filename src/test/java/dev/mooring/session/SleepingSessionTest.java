package dev.mooring.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.access.Authority;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.SimulatedTime;
import dev.mooring.guest.intake.ValueType;
import dev.mooring.store.RocksStore;
import dev.mooring.store.SessionStore;
import dev.mooring.store.StoreException;
import dev.mooring.store.StoreWriter;
import io.netty.buffer.Unpooled;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stored sessions that have been idle for a while, in simulated time and a real store. */
final class SleepingSessionTest {
  private static final int SLEEP_AFTER_MILLIS = 1_000;
  private static final int TICK_MILLIS = 1_000 / SessionLoop.TICKS_PER_SECOND;
  private static final long TTL_MILLIS = 60_000;

  private final SimulatedTime time = new SimulatedTime(16 << 20);
  private final GuestRuntime runtime = time.runtime();
  private final ManualLoop loop = new ManualLoop(time, new Random(1));
  private final SessionDirectory directory = new SessionDirectory();
  private final GuestModule counter = time.compile("counter");
  private final GuestModule lifecycle = time.compile("lifecycle");

  /** What the store's threads have to do. */
  private final ManualExecutor disk = new ManualExecutor();

  private SessionLimits limits = SessionLimits.DEFAULTS;
  private final RocksStore store;
  private final KeptSessions kept;
  private final SessionLoop sessions;

  SleepingSessionTest(@TempDir Path folder) throws StoreException {
    store = RocksStore.open(folder.resolve("store"), 1L << 40);
    kept =
        new KeptSessions(
            new KeptLimits(100, 1 << 20, SLEEP_AFTER_MILLIS), new StoreWriter(store, disk, disk));
    sessions =
        new SessionLoop(
            loop,
            runtime,
            (reference, mayOpen, answer) -> answer.found(module(reference), limits),
            limits,
            Authority.OPEN_HOUSE,
            directory,
            kept);
  }

  private GuestModule module(String reference) {
    return reference.equals("counter") || reference.equals(counter.digest()) ? counter : lifecycle;
  }

  @AfterEach
  void close() {
    settle();
    sessions.stop();
    settle();
    assertEquals(0, kept.count());
    assertEquals(0, kept.asleep());
    assertEquals(0, directory.size());
    assertEquals(0, sessions.liveSpaces());
    sessions.close();
    runtime.close();
    store.close();
  }

  private void settle() {
    boolean busy = true;
    while (busy) { // One may have something to do for the other.
      busy = disk.run();
      busy |= ManualLoop.settle(List.of(loop));
    }
  }

  private void pass(int millis) {
    for (int i = 0; i < millis; i += TICK_MILLIS) {
      time.pass(TICK_MILLIS * 1_000_000L);
      settle();
      sessions.tick();
      settle();
    }
  }

  private void pass() {
    pass(2 * SLEEP_AFTER_MILLIS);
  }

  /** A client. */
  private final class Client {
    private final RecordingPeer peer = new RecordingPeer();
    private final Conversation conversation = sessions.connect(peer);
    private final CallRequest request = new CallRequest();

    Client(String module, Map<String, String> config, OpenRequest.@Nullable Resume resume) {
      var keep = new OpenRequest.Keep(TTL_MILLIS, Durability.ASYNC.number(), "", 0);
      conversation.open(
          new OpenRequest(
              1,
              module,
              config,
              OpenRequest.WantedLimits.NONE,
              "",
              resume == null ? keep : null,
              resume));
      settle();
    }

    void call(long id, String function, int... arguments) {
      request.begin(id, function, CallRequest.NO_INDEX, 0);
      request.input(Unpooled.EMPTY_BUFFER, 0, 0);
      for (int argument : arguments) {
        request.addArgument(function.equals("add") ? ValueType.I64 : ValueType.I32, argument);
      }
      conversation.call(request);
      settle();
    }

    void assertSaid(String... lines) {
      assertEquals(List.of(lines), peer.take());
    }
  }

  private Client open(String module, Map<String, String> config) {
    return new Client(module, config, null);
  }

  private Client resume(Client lost, long received) {
    return new Client("", Map.of(), new OpenRequest.Resume(lost.peer.token, received));
  }

  /** The id of the one session that is stored. */
  private String onlyId() throws StoreException {
    var ids = new ArrayDeque<String>();
    store.scan(
        new SessionStore.Visitor() {
          @Override
          public void session(String id, byte[] head) {
            ids.add(id);
          }

          @Override
          public void damaged(String id, String why) {}
        });
    assertEquals(1, ids.size());
    return ids.remove();
  }

  private void assertAsleep(int asleep, int spaces) {
    assertEquals(List.of(asleep, spaces), List.of(kept.asleep(), sessions.liveSpaces()));
  }

  @Test
  void idle_onAConnection_givesBackItsSpaceAndWakesForACall() {
    Client client = open("counter", Map.of());
    client.call(1, "add", 5);
    pass(SLEEP_AFTER_MILLIS - TICK_MILLIS);
    assertAsleep(0, 1);
    pass();
    assertAsleep(1, 0);
    client.call(2, "add", 6);
    assertAsleep(0, 1);
    client.assertSaid("kept at 0", "#1 result 1 [5]", "#2 result 2 [11]");
    pass();
    assertAsleep(1, 0);
    client.conversation.closeRequested();
    settle();
    client.assertSaid("end CLIENT_CLOSED");
  }

  @Test
  void inUse_neverSleeps() {
    Client client = open("counter", Map.of());
    for (int i = 1; i <= 20; i++) {
      client.call(i, "add", 1);
      pass(SLEEP_AFTER_MILLIS / 2);
      assertAsleep(0, 1);
    }
  }

  @Test
  void idle_withoutAConnection_isInTheStoreOnlyAndComesBackWithWhatWasntHeard() {
    Client client = open("counter", Map.of());
    client.call(1, "add", 5);
    client.conversation.disconnected();
    pass();
    assertAsleep(1, 0);
    assertEquals(0, directory.size());
    assertEquals(0, kept.heldBytes());
    Client again = resume(client, 0);
    again.assertSaid("resumed at 1", "#1 result 1 [5]");
    again.call(2, "add", 1);
    again.assertSaid("#2 result 2 [6]");
  }

  @Test
  void asleepOnAConnection_lost_thenInTheStoreOnly() {
    Client client = open("counter", Map.of());
    client.call(1, "add", 5);
    pass();
    client.conversation.acknowledge(1);
    client.conversation.disconnected();
    pass(2 * TICK_MILLIS);
    assertAsleep(1, 0);
    assertEquals(0, directory.size());
    resume(client, 1).assertSaid("resumed at 1");
  }

  @Test
  void asleepOnAConnection_takenOver_wakesForTheOther() {
    Client client = open("counter", Map.of());
    client.call(1, "add", 5);
    client.peer.take();
    pass();
    Client other = resume(client, 1);
    client.assertSaid("end SESSION_TAKEN");
    other.call(2, "add", 1);
    other.assertSaid("resumed at 1", "#2 result 2 [6]");
  }

  @Test
  void timer_wakesIt_onTimeAndOnce() {
    Client client = open("lifecycle", Map.of("timer", "event"));
    client.call(1, "arm", 4, 10_000);
    pass();
    assertAsleep(1, 0);
    pass(7_000);
    client.assertSaid("kept at 0", "#1 result 1");
    pass(2_000);
    client.assertSaid("#2 event timer 4");
    client.call(2, "arm", 5, 10_000);
    client.conversation.disconnected();
    pass(15_000);
    assertAsleep(1, 0);
    resume(client, 2).assertSaid("resumed at 2", "#3 result 2", "#4 event timer 5");
  }

  @Test
  void close_whileAsleep_theGuestHearsOfIt() {
    Client client = open("lifecycle", Map.of("close", "event"));
    pass();
    assertAsleep(1, 0);
    client.conversation.closeRequested();
    settle();
    client.assertSaid("kept at 0", "#1 event close", "end CLIENT_CLOSED");
  }

  @Test
  void expired_whileAsleep_isGone() {
    Client client = open("counter", Map.of());
    client.conversation.disconnected();
    pass((int) TTL_MILLIS + 2_000);
    assertEquals(0, kept.count());
    resume(client, 0).assertSaid("end SESSION_NOT_FOUND");
  }

  @Test
  void lostToAFailure_sleepsTooAndIsHeardLater() {
    limits = KeptSessionTest.endingWithFailures();
    Client client = open("lifecycle", Map.of("timer", "trap"));
    client.call(1, "arm", 4, 10);
    client.conversation.disconnected();
    pass();
    assertAsleep(1, 0);
    Client again = resume(client, 0);
    again.assertSaid("resumed at 1", "#1 result 1", "end SESSION_LOST");
    pass();
    assertAsleep(1, 0);
    resume(client, 1).assertSaid("resumed at 1", "end SESSION_LOST");
    pass((int) TTL_MILLIS + 2_000);
    assertEquals(0, kept.count());
  }

  @Test
  void damagedWhileAsleep_isLostAndItsClientIsTold() throws StoreException {
    Client client = open("counter", Map.of());
    String id = onlyId();
    pass();
    assertAsleep(1, 0);
    store.write(List.of(new SessionStore.Change.Append(id, 0, null, new byte[] {1, 'x'})), false);
    client.call(1, "add", 5);
    client.assertSaid("kept at 0", "end SESSION_LOST");
    assertEquals(1, kept.lostCount());
    assertTrue(store.read(id).size() > 1, "what there is of it stays");
    resume(client, 0).assertSaid("end SESSION_NOT_FOUND");
  }
}
