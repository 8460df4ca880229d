package dev.mooring.session;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.access.Authority;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.SimulatedTime;
import dev.mooring.guest.intake.ValueType;
import io.netty.buffer.Unpooled;
import java.nio.file.Files;
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

/**
 * Exactly once: clients of kept sessions whose connections break at any moment, unnoticed for a
 * while or at once, with whatever was on its way in either direction lost; who come back on any
 * loop, several times before the first is there, and send again what they must. No call is lost,
 * doubled or out of order, and no event. One seed replays all of it; {@code -Dmooring.seed} and
 * {@code -Dmooring.steps} take another and more.
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
  private final GuestModule counter = module("guests/c/counter.wasm");
  private final GuestModule lifecycle = module("test/guests/lifecycle.wasm");
  private final SessionDirectory directory = new SessionDirectory();
  private final KeptSessions kept = new KeptSessions(KeptLimits.DEFAULTS);
  private final List<ManualLoop> loops = new ArrayList<>();
  private final List<SessionLoop> sessions = new ArrayList<>();
  private final List<Client> clients = new ArrayList<>();

  /** Connections whose clients are gone, which the server hasn't noticed. */
  private final List<Conversation> forsaken = new ArrayList<>();

  private int broken;
  private int resumed;
  private long calls;
  private long events;

  private GuestModule module(String file) {
    try {
      byte[] wasm = Files.readAllBytes(Path.of(file));
      return GuestModule.compile(wasm, ModuleOptions.DEFAULTS, runtime);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private KeptSessionsSimulationTest() {
    System.out.println("KeptSessionsSimulationTest: -Dmooring.seed=" + seed);
    var keep = new KeepLimits(600_000, 600_000, KeepLimits.LEAST_MESSAGES, KeepLimits.LEAST_BYTES);
    SessionLimits limits = SessionLimits.DEFAULTS.withKeep(keep);
    for (int i = 0; i < LOOPS; i++) {
      var loop = new ManualLoop(time, random);
      loops.add(loop);
      sessions.add(
          new SessionLoop(
              loop,
              runtime,
              (reference, mayOpen, answer) ->
                  answer.found(reference.equals("counter") ? counter : lifecycle, limits),
              limits,
              Authority.OPEN_HOUSE,
              directory,
              kept));
    }
  }

  /** One program: it adds to a counter, or arms timers. */
  private final class Client {
    private final boolean counts;
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

    Client(boolean counts) {
      this.counts = counts;
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
              isNew ? new OpenRequest.Keep(0, 0, "", 0) : null,
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

  private void step() {
    Client client = clients.get(random.nextInt(clients.size()));
    switch (random.nextInt(20)) {
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
      default -> client.call();
    }
  }

  private void settle() {
    boolean busy = true;
    while (busy) {
      busy = false;
      for (ManualLoop loop : loops) {
        while (loop.step()) {
          busy = true;
        }
      }
    }
  }

  @Test
  void clients_ofConnectionsThatBreak_seeEachCallAndEventOnce() {
    for (int i = 0; i < SESSIONS; i++) {
      var client = new Client(i % 2 == 0);
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
    assertEquals(SESSIONS, directory.size());
    for (Client client : clients) {
      assertTrue(client.unanswered.isEmpty(), "calls were lost, seed " + seed);
      assertTrue(client.armed.isEmpty(), "events were lost, seed " + seed);
    }
    System.out.printf(
        "KeptSessionsSimulationTest: %,d connections broken, %,d resumed, %,d calls, %,d events%n",
        broken, resumed, calls, events);
    assertTrue(resumed > STEPS / 100, resumed + " resumed");
    clients.forEach(client -> requireNonNull(client.conversation).closeRequested());
    forsaken.forEach(Conversation::disconnected);
    settle();
    assertEquals(0, directory.size());
    assertEquals(0, kept.count());
    assertEquals(0, kept.heldBytes());
    assertEquals(0, IntStream.range(0, LOOPS).map(i -> sessions.get(i).liveSpaces()).sum());
    sessions.forEach(SessionLoop::close);
    runtime.close();
  }
}
