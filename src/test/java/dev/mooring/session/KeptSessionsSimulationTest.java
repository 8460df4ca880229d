package dev.mooring.session;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.access.Authority;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.SimulatedTime;
import dev.mooring.guest.intake.ValueType;
import dev.mooring.store.RocksStore;
import dev.mooring.store.StoreException;
import dev.mooring.store.StoreWriter;
import io.netty.buffer.Unpooled;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Exactly once: clients of kept sessions whose connections break at any moment, unnoticed for a
 * while or at once, with whatever was on its way in either direction lost; who come back on any
 * loop, several times before the first is there, and send again what they must. Half of the
 * sessions are in a store: they go to sleep whenever they are idle, and the process ends at any
 * moment, with whatever it hadn't written lost. No call is lost, doubled or out of order, and no
 * event. One seed replays all of it; {@code -Dmooring.seed} and {@code -Dmooring.steps} take
 * another and more.
 */
final class KeptSessionsSimulationTest {
  private static final int LOOPS = 4;
  private static final int SESSIONS = 60;
  private static final int TIMERS = 4;
  private static final int STEPS = Integer.getInteger("mooring.steps", 60_000);

  private final long seed = Long.getLong("mooring.seed", new Random().nextLong());
  private final Random random = new Random(seed);
  private final SimulatedTime time = new SimulatedTime(64 << 20);
  private final GuestRuntime runtime = time.runtime();
  private final GuestModule counter = time.compile("counter");
  private final GuestModule lifecycle = time.compile("lifecycle");

  /** What the store's threads have to do. */
  private final ManualExecutor disk = new ManualExecutor();

  private final RocksStore store;
  private SessionDirectory directory = new SessionDirectory();
  private KeptSessions kept;
  private final List<ManualLoop> loops = new ArrayList<>();
  private final List<SessionLoop> sessions = new ArrayList<>();
  private final List<Client> clients = new ArrayList<>();

  /** Connections whose clients are gone, which the server hasn't noticed. */
  private final List<Conversation> forsaken = new ArrayList<>();

  private int crashes;
  private int slept;
  private int broken;
  private int resumed;
  private long calls;
  private long events;

  private GuestModule module(String reference) {
    return reference.equals("counter") || reference.equals(counter.digest()) ? counter : lifecycle;
  }

  KeptSessionsSimulationTest(@TempDir Path folder) throws StoreException {
    System.out.println("KeptSessionsSimulationTest: -Dmooring.seed=" + seed);
    store = RocksStore.open(folder.resolve("store"), 1L << 40);
    kept = newKept();
    start();
  }

  private KeptSessions newKept() {
    var limits = new KeptLimits(1_000, 64 << 20, 250);
    return new KeptSessions(limits, new StoreWriter(store, disk, disk));
  }

  private void start() {
    var keep = new KeepLimits(600_000, 600_000, KeepLimits.LEAST_MESSAGES, KeepLimits.LEAST_BYTES);
    SessionLimits limits = SessionLimits.DEFAULTS.withKeep(keep);
    for (int i = 0; i < LOOPS; i++) {
      var loop = new ManualLoop(time, random);
      loops.add(loop);
      sessions.add(
          new SessionLoop(
              loop,
              runtime,
              (reference, mayOpen, answer) -> answer.found(module(reference), limits),
              limits,
              Authority.OPEN_HOUSE,
              directory,
              kept));
    }
  }

  /** The process ends, with all that it hadn't written, and is started again. */
  private void crash() throws StoreException {
    crashes++;
    disk.clear();
    clients.forEach(Client::crashed);
    forsaken.clear();
    sessions.forEach(SessionLoop::stop); // Gives back what it had of this process's.
    settle();
    disk.clear();
    sessions.forEach(SessionLoop::close);
    loops.clear();
    sessions.clear();
    directory = new SessionDirectory();
    kept = newKept();
    start();
    kept.recover(sessions);
  }

  /** One program: it adds to a counter, or arms timers. */
  private final class Client {
    private final boolean counts;
    private final boolean isStored;
    private final CallRequest request = new CallRequest();
    private RecordingPeer peer = new RecordingPeer();
    private @Nullable Conversation conversation;
    private String token = "";

    /** By id, what calls that aren't answered add, or which timer they arm. */
    private final TreeMap<Long, Integer> unanswered = new TreeMap<>();

    /** Timers that are armed, as far as is known, and haven't fired. */
    private final Map<Integer, Integer> armed = new HashMap<>();

    private boolean isOpen;
    private long lastId;
    private long received;
    private long acknowledged;
    private long sum;

    Client(boolean counts, boolean isStored) {
      this.counts = counts;
      this.isStored = isStored;
    }

    /** The server is gone: of what it said a part came. */
    void crashed() {
      hear(random.nextInt(4));
      conversation = null;
      isOpen = false;
      peer = new RecordingPeer();
      if (!isStored) {
        token = "";
        unanswered.clear();
        armed.clear();
        lastId = 0;
        received = 0;
        acknowledged = 0;
        sum = 0;
      }
    }

    void connect() {
      peer = new RecordingPeer();
      isOpen = false;
      Conversation next = sessions.get(random.nextInt(LOOPS)).connect(peer);
      conversation = next;
      boolean isNew = token.isEmpty();
      next.open(
          new OpenRequest(
              1,
              isNew ? (counts ? "counter" : "lifecycle") : "",
              isNew && !counts ? Map.of("timer", "event") : Map.of(),
              OpenRequest.WantedLimits.NONE,
              "",
              isNew
                  ? new OpenRequest.Keep(
                      0, isStored ? Durability.ASYNC.number() : Durability.MEMORY.number(), "", 0)
                  : null,
              isNew ? null : new OpenRequest.Resume(token, received)));
    }

    /** Its connection breaks: of what was said to it a part came, and the rest is lost. */
    void breakOff() {
      Conversation left = conversation;
      if (left == null || (token.isEmpty() && !isOpen)) {
        return; // Who never heard of its session can't come back to it.
      }
      hear(random.nextInt(4));
      conversation = null;
      isOpen = false;
      peer = new RecordingPeer();
      broken++;
      switch (random.nextInt(4)) {
        case 0 -> forsaken.add(left);
        case 1 -> left.inputEnded();
        case 2 -> left.fail(new Problem(ErrorCode.MALFORMED_FRAME, "cut"));
        default -> left.disconnected();
      }
    }

    void call() {
      if (unanswered.size() < 100) {
        unanswered.put(++lastId, 1 + random.nextInt(counts ? 1_000 : TIMERS));
        send(lastId);
      }
    }

    private void send(long id) {
      Conversation open = conversation;
      if (open == null || !isOpen) {
        return;
      }
      int what = requireNonNull(unanswered.get(id));
      request.begin(id, counts ? "add" : "arm", CallRequest.NO_INDEX, 0);
      request.input(Unpooled.EMPTY_BUFFER, 0, 0);
      if (counts) {
        request.addArgument(ValueType.I64, what);
      } else {
        request.addArgument(ValueType.I32, what);
        request.addArgument(ValueType.I32, random.nextInt(100));
      }
      open.call(request);
    }

    void acknowledge() {
      if (conversation != null && isOpen && received > acknowledged) {
        acknowledged = received;
        conversation.acknowledge(received);
      }
    }

    /** Hears the first of what was said to it. */
    void hear(int most) {
      List<String> said = peer.take();
      said.stream().limit(most).forEach(this::hear);
    }

    private void hear(String message) {
      String[] words = message.split(" ");
      switch (words[0]) {
        case "kept" -> opened(0);
        case "resumed" -> {
          resumed++;
          opened(Long.parseLong(words[2]));
        }
        case "end" -> ended(words[1]);
        default -> {
          assertEquals("#" + ++received, words[0], "seed " + seed);
          switch (words[1]) {
            case "result" -> answered(Long.parseLong(words[2]), words);
            case "event" -> fired(Integer.parseInt(words[3]));
            default -> throw new AssertionError(message);
          }
        }
      }
    }

    private void opened(long committedId) {
      isOpen = true;
      token = peer.token;
      unanswered.tailMap(committedId, false).keySet().forEach(this::send);
    }

    /** It was told so because it left, or its own other connection came first. */
    private void ended(String why) {
      assertTrue(
          List.of("DISCONNECTED", "DETACHED", "SESSION_TAKEN", "MALFORMED_FRAME").contains(why),
          why + ", seed " + seed);
      conversation = null;
      isOpen = false;
    }

    private void answered(long id, String[] words) {
      calls++;
      var first = unanswered.pollFirstEntry();
      assertEquals(id, first.getKey(), "seed " + seed);
      if (counts) {
        sum += first.getValue();
        assertEquals("[" + sum + "]", words[3], "seed " + seed);
      } else {
        armed.put(first.getValue(), 1);
      }
    }

    private void fired(int timer) {
      events++;
      assertEquals(1, armed.remove(timer), "a timer fired that wasn't set, seed " + seed);
    }
  }

  private void step() throws StoreException {
    Client client = clients.get(random.nextInt(clients.size()));
    switch (random.nextInt(22)) {
      case 0 -> {
        time.pass(random.nextInt(20_000_000));
        loops.forEach(ManualLoop::runDue);
      }
      case 1, 2, 3, 4 -> loops.get(random.nextInt(LOOPS)).runOnce();
      case 5, 6, 7, 8 -> {
        ManualLoop loop = loops.get(random.nextInt(LOOPS));
        for (int i = random.nextInt(20); i > 0 && loop.step(); i--) {
          // Some of what there is to do.
        }
      }
      case 9, 10 -> client.hear(Integer.MAX_VALUE);
      case 11 -> client.acknowledge();
      case 12, 13 -> client.breakOff();
      case 14, 15 -> {
        if (client.conversation == null) {
          client.connect();
        }
      }
      case 16 -> {
        if (!forsaken.isEmpty()) {
          forsaken.remove(random.nextInt(forsaken.size())).disconnected();
        }
      }
      case 17 -> {
        int asleep = kept.asleep();
        sessions.get(random.nextInt(LOOPS)).tick();
        slept += Math.max(0, kept.asleep() - asleep);
        if (random.nextInt(100) == 0) {
          crash();
        }
      }
      case 18 -> disk.run(1 + random.nextInt(3));
      default -> client.call();
    }
  }

  private void settle() {
    boolean busy = true;
    while (busy) { // One may have something to do for the other.
      busy = disk.run();
      busy |= ManualLoop.settle(loops);
    }
  }

  @Test
  void clients_ofConnectionsThatBreakAndServersThatEnd_seeEachCallAndEventOnce()
      throws StoreException {
    for (int i = 0; i < SESSIONS; i++) {
      var client = new Client(i % 2 == 0, i % 4 < 2);
      clients.add(client);
      client.connect();
    }
    for (int i = 0; i < STEPS; i++) {
      step();
    }
    for (int i = 0; i < 200; i++) { // Until all is heard.
      settle();
      for (Client client : clients) {
        client.hear(Integer.MAX_VALUE);
        client.acknowledge();
        if (client.conversation == null) {
          client.connect();
        }
      }
      time.pass(1_000_000);
      loops.forEach(ManualLoop::runDue);
    }
    assertTrue(directory.size() >= SESSIONS, directory.size() + " sessions, seed " + seed);
    for (Client client : clients) {
      assertTrue(client.unanswered.isEmpty(), "calls were lost, seed " + seed);
      assertTrue(client.armed.isEmpty(), "events were lost, seed " + seed);
    }
    System.out.printf(
        "KeptSessionsSimulationTest: %,d connections broken, %,d resumed, %,d servers ended, %,d"
            + " sessions put to sleep, %,d calls, %,d events%n",
        broken, resumed, crashes, slept, calls, events);
    assertTrue(crashes > STEPS / 10_000, crashes + " servers ended");
    assertTrue(slept > STEPS / 1_000, slept + " sessions slept");
    assertTrue(resumed > STEPS / 100, resumed + " resumed");
    clients.forEach(client -> requireNonNull(client.conversation).closeRequested());
    forsaken.forEach(Conversation::disconnected);
    settle();
    for (int i = 0; i < 70; i++) { // Sessions of which no client ever heard expire.
      time.pass(10_000_000_000L);
      settle();
    }
    assertEquals(0, directory.size());
    assertEquals(0, kept.count());
    assertEquals(0, kept.heldBytes());
    assertEquals(0, IntStream.range(0, LOOPS).map(i -> sessions.get(i).liveSpaces()).sum());
    assertEquals(0, kept.asleep());
    sessions.forEach(SessionLoop::close);
    runtime.close();
    store.close();
  }
}
