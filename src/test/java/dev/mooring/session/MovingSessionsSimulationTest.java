package dev.mooring.session;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.access.Authority;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.SimulatedTime;
import dev.mooring.guest.intake.ValueType;
import dev.mooring.proto.LeakCheck;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A thousand sessions that are called, set timers, and are all the while taken off their connection
 * and their event loop and go on elsewhere. Each client notes what it was told; in the end its
 * guest must have noted the same.
 *
 * <p>{@code -Dmooring.seed=N} replays a run.
 */
@ExtendWith(LeakCheck.class)
final class MovingSessionsSimulationTest {
  private static final int SESSIONS = 1_000;
  private static final int LOOPS = 4;
  private static final int STEPS = 25_000;
  private static final int TIMERS = 3;

  private final long seed = Long.getLong("mooring.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final SimulatedTime time = new SimulatedTime(256 << 20);
  private final GuestRuntime runtime = time.runtime();
  private final SessionDirectory directory = new SessionDirectory();
  private final KeptSessions kept = new KeptSessions(KeptLimits.DEFAULTS);
  private final List<ManualLoop> loops = new ArrayList<>();
  private final List<SessionLoop> sessions = new ArrayList<>();
  private final List<Client> clients = new ArrayList<>();
  private final GuestModule module = time.compile("lifecycle");
  private final CallRequest request = new CallRequest();
  private long nowMillis;
  private int moves;
  private int timersFired;

  @BeforeEach
  void begin() {
    System.out.println("MovingSessionsSimulationTest: -Dmooring.seed=" + seed);
    for (int i = 0; i < LOOPS; i++) {
      var loop = new ManualLoop(time, random);
      loops.add(loop);
      sessions.add(
          new SessionLoop(
              loop,
              runtime,
              (reference, mayOpen, answer) -> answer.found(module, SessionLimits.DEFAULTS),
              SessionLimits.DEFAULTS,
              Authority.OPEN_HOUSE,
              directory,
              kept));
    }
  }

  @AfterEach
  void end() {
    sessions.forEach(SessionLoop::close);
    runtime.close();
  }

  /** One session's client, with what it sent and what it was told. */
  private final class Client {
    private RecordingPeer peer = new RecordingPeer();
    private @Nullable Conversation conversation;
    private @Nullable SessionRecord record;
    private String id = "";
    private int loop;
    private long lastId;

    /** Calls that were sent and not answered: what each does, in the order of their ids. */
    private final ArrayDeque<Sent> unanswered = new ArrayDeque<>();

    /** When each timer that is set is due. */
    private final Map<Integer, Long> dueMillis = new HashMap<>();

    /** What the guest must have noted. */
    private final StringBuilder notes = new StringBuilder();

    private record Sent(long id, int timer, int millis) {}

    void open() {
      loop = random.nextInt(LOOPS);
      Conversation opened = sessions.get(loop).connect(peer);
      opened.open(
          new OpenRequest(
              1,
              "lifecycle",
              Map.of("open", "event", "timer", "event"),
              OpenRequest.WantedLimits.NONE));
      conversation = opened;
    }

    void act() {
      send(new Sent(++lastId, -1, 0));
    }

    void arm(int timer, int millis) {
      send(new Sent(++lastId, timer, millis));
    }

    private void send(Sent call) {
      unanswered.add(call);
      resend(call);
    }

    private void resend(Sent call) {
      if (conversation == null) {
        return;
      }
      request.begin(call.id, call.timer < 0 ? "act" : "arm", CallRequest.NO_INDEX, 0);
      ByteBuf input = PooledByteBufAllocator.DEFAULT.buffer();
      if (call.timer < 0) {
        input.writeCharSequence("event", StandardCharsets.UTF_8);
        request.input(input, 0, input.readableBytes());
      } else {
        request.addArgument(ValueType.I32, call.timer);
        request.addArgument(ValueType.I32, call.millis);
      }
      conversation.call(request);
      input.release();
    }

    /** Takes the session off its connection and its loop, whatever it is about. */
    void leave() {
      if (conversation != null) {
        Session session = conversation.detach();
        id = session.id();
        assertSame(sessions.get(loop), directory.find(id));
        record = session.suspend();
        assertNull(directory.find(id));
        conversation = null;
        listen();
        moves++;
      }
    }

    /** Lets it go on, on some loop and another connection. */
    void comeBack() throws Exception {
      SessionRecord taken = record;
      if (taken == null) {
        return;
      }
      record = null;
      peer = new RecordingPeer();
      loop = random.nextInt(LOOPS);
      Conversation next = sessions.get(loop).connect(peer);
      next.resume(sessions.get(loop).resume(taken, module, null));
      assertEquals(id, next.name());
      conversation = next;
      while (!unanswered.isEmpty() && unanswered.peek().id <= taken.lastDoneId()) {
        throw new AssertionError("call " + unanswered.peek().id + " is done, and wasn't answered");
      }
      List.copyOf(unanswered).forEach(this::resend);
    }

    /** Notes what it was told. */
    void listen() {
      for (String message : peer.take()) {
        String[] words = message.split(" ");
        switch (words[0]) {
          case "opened", "end" -> {}
          case "event" -> noted(words);
          case "result" -> answered(Long.parseLong(words[1]));
          default -> throw new AssertionError(message);
        }
      }
    }

    private void noted(String[] words) {
      notes.append(words[1].charAt(0));
      if (words[1].equals("timer")) {
        long due =
            requireNonNull(
                dueMillis.remove(Integer.parseInt(words[2])), "a timer that is not set has fired");
        assertTrue(due <= nowMillis, "a timer has fired " + (due - nowMillis) + " ms too early");
        timersFired++;
      }
    }

    private void answered(long callId) {
      Sent call = unanswered.remove();
      assertEquals(call.id, callId);
      if (call.timer >= 0) {
        dueMillis.put(call.timer, nowMillis + call.millis);
      }
    }
  }

  /** Everybody has the same clock, and hears everything before it goes on. */
  private void pass(int millis) {
    runAll();
    nowMillis += millis;
    time.pass(millis * 1_000_000L);
    loops.forEach(ManualLoop::runDue);
    runAll();
  }

  private void runAll() {
    loops.forEach(ManualLoop::run);
    clients.forEach(Client::listen);
  }

  private void step() throws Exception {
    Client client = clients.get(random.nextInt(clients.size()));
    switch (random.nextInt(100)) {
      case 0 -> pass(1 + random.nextInt(20));
      case 1, 2, 3, 4 -> loops.get(random.nextInt(LOOPS)).runOnce();
      default -> {
        int what = random.nextInt(10);
        if (what < 3) {
          client.act();
        } else if (what < 5) {
          client.arm(random.nextInt(TIMERS), 1 + random.nextInt(100));
        } else if (what < 7) {
          client.leave();
        } else {
          client.comeBack();
        }
      }
    }
  }

  @Test
  void sessions_movedUnderLoad_areExactInEachState() throws Exception {
    for (int i = 0; i < SESSIONS; i++) {
      var client = new Client();
      clients.add(client);
      client.open();
    }
    runAll();
    for (int i = 0; i < STEPS; i++) {
      step();
    }
    for (Client client : clients) {
      client.comeBack();
    }
    pass(0);
    pass(200); // Each move may have put a timer off by a little.
    assertEquals(SESSIONS, directory.size());
    for (Client client : clients) {
      assertTrue(client.unanswered.isEmpty(), "calls were lost");
      assertTrue(client.dueMillis.isEmpty(), "timers were lost");
      assertNoted(client);
    }
    assertTrue(moves > SESSIONS, moves + " moves");
    assertTrue(timersFired > SESSIONS, timersFired + " timers");
    System.out.println(
        "MovingSessionsSimulationTest: " + moves + " moves, " + timersFired + " timers fired");
    clients.forEach(client -> requireNonNull(client.conversation).disconnected());
    runAll();
    assertEquals(0, directory.size());
    assertEquals(0, IntStream.range(0, LOOPS).map(i -> sessions.get(i).liveSpaces()).sum());
  }

  private void assertNoted(Client client) {
    request.begin(client.lastId + 1, "notes", CallRequest.NO_INDEX, 0);
    requireNonNull(client.conversation).call(request);
    loops.get(client.loop).run();
    assertEquals(List.of("result " + (client.lastId + 1) + " " + client.notes), client.peer.take());
  }
}
