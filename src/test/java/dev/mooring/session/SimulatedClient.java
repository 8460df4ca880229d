package dev.mooring.session;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.intake.ValueType;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A client of a {@link SessionSimulation}, and what is true of its session: it knows what its guest
 * must answer, what it may be told now, and when its timers are due.
 *
 * <p>One thread.
 */
final class SimulatedClient {
  private static final int TIMERS = 4;

  /** What a guest may take, however late the watchdog was. */
  private static final int SHORT_STALL_MILLIS = SessionSimulation.CALL_MILLIS - 1;

  /** What none may take, however late the watchdog was, and what was made up for it. */
  private static final int LONG_STALL_MILLIS = 3 * SessionSimulation.CALL_MILLIS;

  private enum Function {
    ADD,
    STALL,
    TRAP,
    ARM,
    DISARM,
    NONE;

    String inWords() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What is called, the more often the more often it stands here. */
  private static final List<Function> FUNCTIONS =
      List.of(
          Function.ADD,
          Function.ADD,
          Function.ADD,
          Function.ADD,
          Function.ARM,
          Function.ARM,
          Function.ARM,
          Function.DISARM,
          Function.STALL,
          Function.STALL,
          Function.TRAP,
          Function.NONE);

  /** A call that was sent and isn't answered. */
  private static final class Sent {
    final long id;
    final Function function;
    final long first;
    final int second;
    final int timeoutMillis;
    long sentAtNanos;
    boolean cancelled;

    Sent(long id, Function function, long first, int second, int timeoutMillis) {
      this.id = id;
      this.function = function;
      this.first = first;
      this.second = second;
      this.timeoutMillis = timeoutMillis;
    }
  }

  private final SessionSimulation simulation;
  private final int number;
  private final String token;
  private final Random random;
  private final CallRequest request = new CallRequest();

  /** In the order of their ids. */
  private final ArrayDeque<Sent> unanswered = new ArrayDeque<>();

  /**
   * A timer that is set.
   *
   * @param nanos when it is due
   * @param moves how often its session has moved since, which may put it off by less than three
   *     milliseconds
   */
  private record Due(long nanos, int moves) {
    long latestNanos() {
      return nanos + 3L * moves * SessionSimulation.NANOS_PER_MILLI;
    }

    boolean mayHaveLeft(long millis, long nowNanos) {
      long left = millis * SessionSimulation.NANOS_PER_MILLI;
      long most = Math.max(0, latestNanos() - nowNanos) + SessionSimulation.NANOS_PER_MILLI;
      return left >= nanos - nowNanos && left < most;
    }

    Due moved() {
      return new Due(nanos, moves + 1);
    }
  }

  private final Map<Integer, Due> timers = new HashMap<>();

  /** How often each kind of thing has happened. */
  final Map<String, Integer> counts = new TreeMap<>();

  private RecordingPeer peer = new RecordingPeer();
  private @Nullable Conversation conversation;
  private @Nullable SessionRecord record;
  private int loop;
  private long lastId;

  /** What the guest has added up. */
  private long sum;

  /** When last there was nothing that could have kept a timer that is due. */
  private long freeAtNanos = -1;

  private boolean isOpened;
  private boolean hasClosed;
  private boolean isCutOff;
  private boolean isStalled;
  private boolean isOver;

  /** The last call that is served before the session goes away; -1 if it doesn't. */
  private long lastServedId = -1;

  SimulatedClient(SessionSimulation simulation, int number, String token) {
    this.simulation = simulation;
    this.number = number;
    this.token = token;
    this.random = simulation.random;
    listen();
  }

  private void listen() {
    peer.onMessage =
        message -> {
          simulation.note("client " + number + " hears: " + message);
          try {
            hear(message.split(" "));
          } catch (RuntimeException | AssertionError e) {
            simulation.failed(e);
          }
        };
  }

  private void note(String what) {
    simulation.note("client " + number + " " + what);
  }

  private void count(String what) {
    counts.merge(what, 1, Integer::sum);
  }

  private long now() {
    return simulation.time.nanoTime();
  }

  /** The event loop that it is on. */
  int loop() {
    return loop;
  }

  void open() {
    loop = simulation.anyLoop();
    note("opens on loop " + loop + " as " + token);
    conversation = simulation.sessions(loop).connect(peer);
    conversation.open(new OpenRequest(1, "paced", Map.of(), OpenRequest.WantedLimits.NONE, token));
    note("is " + conversation.name());
  }

  /** Does something, if it can. */
  void act() throws Exception {
    int what = random.nextInt(60);
    if (what < 38) {
      send();
    } else if (what < 41) {
      cancel();
    } else if (what < 43) {
      ping();
    } else if (what < 48) {
      readOrNot();
    } else if (what < 53) {
      leave();
    } else if (what < 58) {
      comeBack();
    } else if (what < 59) {
      close();
    } else {
      cutOff();
    }
  }

  /** Whether what it sends now would be read. */
  private boolean isRead() {
    return conversation != null && !isOver && !isCutOff && peer.paused.isEmpty();
  }

  private void send() {
    if (!isRead()) {
      return;
    }
    Function function = FUNCTIONS.get(random.nextInt(FUNCTIONS.size()));
    int timer = random.nextInt(TIMERS);
    long id = ++lastId;
    int timeoutMillis = random.nextInt(4) == 0 ? 1 + random.nextInt(30) : 0;
    var call =
        switch (function) {
          case ADD -> new Sent(id, function, random.nextInt(10), 0, timeoutMillis);
          case ARM -> new Sent(id, function, timer, 1 + random.nextInt(40), timeoutMillis);
          case STALL -> new Sent(id, function, stallMillis(), 0, timeoutMillis);
          case DISARM -> new Sent(id, function, timer, 0, timeoutMillis);
          case TRAP, NONE -> new Sent(id, function, 0, 0, timeoutMillis);
        };
    unanswered.add(call);
    send(call);
  }

  private int stallMillis() {
    return switch (random.nextInt(8)) {
      case 0 -> LONG_STALL_MILLIS + random.nextInt(50);
      case 1, 2 -> SHORT_STALL_MILLIS - random.nextInt(10);
      default -> 1 + random.nextInt(3);
    };
  }

  private void send(Sent call) {
    note("calls " + call.id + " " + call.function + " " + call.first + " " + call.second);
    call.sentAtNanos = now();
    call.cancelled = false;
    request.begin(call.id, call.function.inWords(), CallRequest.NO_INDEX, call.timeoutMillis);
    switch (call.function) {
      case ADD -> request.addArgument(ValueType.I64, call.first);
      case STALL, DISARM -> request.addArgument(ValueType.I32, call.first);
      case ARM -> {
        request.addArgument(ValueType.I32, call.first);
        request.addArgument(ValueType.I32, call.second);
      }
      case TRAP, NONE -> {}
    }
    requireNonNull(conversation).call(request);
  }

  private void cancel() {
    if (isRead() && isOpened) {
      long id = 1 + random.nextLong(lastId + 2);
      note("cancels " + id);
      for (Sent call : unanswered) {
        call.cancelled |= call.id == id;
      }
      requireNonNull(conversation).cancel(id);
    }
  }

  private void ping() {
    if (isRead() && isOpened) {
      long token = random.nextLong();
      int before = peer.sentCount();
      requireNonNull(conversation).ping(token);
      assertTrue(peer.heard("pong " + token), "a ping is answered at once");
      assertEquals(before + 1, peer.sentCount());
    }
  }

  /** Stops to read, reads on, or is given up for it. */
  private void readOrNot() {
    if (conversation == null || isOver || isCutOff) {
      return;
    }
    if (peer.writable) {
      note("stops to read");
      peer.writable = false;
    } else if (isOpened && random.nextInt(8) == 0) {
      note("is given up");
      isStalled = true;
      timers.clear();
      conversation.stalled(new Problem(ErrorCode.WRITE_STALLED, "too little was read"));
    } else {
      readOn();
    }
  }

  void readOn() {
    if (conversation != null && !peer.writable) {
      note("reads on");
      peer.writable = true;
      conversation.writable();
    }
  }

  /** Closes, or ends its side of the connection: to a session that is the same. */
  void close() {
    if (conversation != null && !isOver && !isCutOff && !hasClosed) {
      note("closes");
      hasClosed = true;
      timers.clear();
      conversation.closeRequested();
    }
  }

  private void cutOff() {
    if (conversation != null && !isOver && !isCutOff) {
      note("is cut off");
      isCutOff = true;
      timers.clear();
      conversation.disconnected();
    }
  }

  private boolean isEnding() {
    return isOver || hasClosed || isCutOff || isStalled || lastServedId >= 0;
  }

  /** Takes the session off its connection and its loop, whatever it is about. */
  private void leave() {
    if (conversation == null || !isOpened || isEnding()) {
      return;
    }
    note("leaves");
    count("move");
    SessionRecord taken = conversation.detach().suspend();
    conversation = null;
    record = taken;
    var saved = new TreeMap<Integer, Long>();
    taken.state().timers().forEach(timer -> saved.put(timer.id(), timer.millisLeft()));
    assertEquals(timers.keySet(), saved.keySet(), "the timers of a record");
    saved.forEach((id, left) -> assertTrue(timer(id).mayHaveLeft(left, now()), "left: " + left));
    timers.replaceAll((id, timer) -> timer.moved());
    assertTrue(unanswered.isEmpty() || unanswered.element().id > taken.lastDoneId());
  }

  /** Lets it go on, on some loop and another connection. */
  void comeBack() throws Exception {
    SessionRecord taken = record;
    if (taken == null) {
      return;
    }
    record = null;
    peer = new RecordingPeer();
    listen();
    loop = simulation.anyLoop();
    note("comes back on loop " + loop);
    SessionLoop sessions = simulation.sessions(loop);
    var tenant = simulation.tenant(token);
    // It was given back when the session left.
    assertTrue(tenant == null || tenant.enter());
    conversation = sessions.connect(peer);
    conversation.resume(sessions.resume(taken, simulation.module, tenant));
    freeAtNanos = -1;
    List.copyOf(unanswered).forEach(this::send);
  }

  /** Notes the time, if nothing would keep a timer of its that were due now. */
  void noteIfFree(boolean loopSleeps) {
    if (loopSleeps
        && conversation != null
        && isOpened
        && peer.writable
        && !peer.paused.contains(PauseReason.QUOTA)) {
      freeAtNanos = now();
    }
  }

  /** Asks whether the session has lived long enough. */
  void age() {
    if (conversation != null && isOpened && !isOver) {
      conversation.endOfLife();
    }
  }

  private void hear(String[] words) {
    assertFalse(isOver, "it was over");
    switch (words[0]) {
      case "opened" -> isOpened = true;
      case "pong" -> {}
      case "result" -> result(Long.parseLong(words[1]), words);
      case "error" -> error(Long.parseLong(words[1]), ErrorCode.valueOf(words[2]));
      case "event" -> event(words[1]);
      case "goAway" -> goAway(Long.parseLong(words[1]));
      case "end" -> end(words[1]);
      default -> throw new AssertionError(words[0]);
    }
  }

  private Sent answered(long id, String how) {
    count(how);
    Sent call = unanswered.remove();
    assertEquals(call.id, id, "answers come in the order of the calls");
    return call;
  }

  private void result(long id, String[] words) {
    Sent call = answered(id, "result");
    assertTrue(lastServedId < 0 || id <= lastServedId, "it was to be refused");
    assertFalse(call.cancelled, "it was cancelled");
    switch (call.function) {
      case ADD -> sum += call.first;
      case STALL -> {
        assertTrue(call.first < LONG_STALL_MILLIS, "it was to be stopped");
        sum++;
      }
      case ARM -> {
        long due = now() + call.second * SessionSimulation.NANOS_PER_MILLI;
        timers.put((int) call.first, new Due(due, 0));
      }
      case DISARM -> timers.remove((int) call.first);
      case TRAP, NONE -> throw new AssertionError(call.function + " has no result");
    }
    boolean isSum = call.function == Function.ADD || call.function == Function.STALL;
    assertEquals(isSum ? "[" + sum + "]" : "none", words.length > 2 ? words[2] : "none");
  }

  private void error(long id, ErrorCode code) {
    Sent call = answered(id, code.name());
    switch (code) {
      case CANCELLED -> assertTrue(call.cancelled);
      case CALL_REFUSED -> assertTrue(lastServedId >= 0 || simulation.isStopping());
      case FUNCTION_NOT_FOUND -> assertEquals(Function.NONE, call.function);
      case GUEST_TRAP -> assertEquals(Function.TRAP, call.function);
      case DEADLINE_EXCEEDED -> deadlineExceeded(call);
      default -> throw new AssertionError(code.name());
    }
  }

  private void deadlineExceeded(Sent call) {
    if (call.timeoutMillis == 0) {
      assertEquals(Function.STALL, call.function, "only what runs is stopped");
      assertTrue(call.first >= LONG_STALL_MILLIS, "it was stopped early");
    } else {
      // The guest is given whole milliseconds of what is left.
      long passed = now() - call.sentAtNanos;
      long least = (call.timeoutMillis - 1) * SessionSimulation.NANOS_PER_MILLI;
      assertTrue(passed >= least, "stopped after " + passed + " ns");
    }
  }

  private void event(String text) {
    if (text.equals("close")) {
      assertTrue(isEnding(), "nobody wants it to end");
      return;
    }
    int id = Integer.parseInt(text);
    Due due = timer(id);
    timers.remove(id);
    long late = now() - due.nanos;
    assertTrue(late >= 0, "a timer has fired " + -late + " ns too early");
    assertTrue(late == 0 || due.latestNanos() > freeAtNanos, "a timer is late by " + late + " ns");
    count(late == 0 ? "timer" : "timer late");
  }

  private Due timer(int id) {
    return requireNonNull(timers.get(id), "a timer that isn't set");
  }

  private void goAway(long lastId) {
    assertEquals(-1, lastServedId, "it was said already");
    lastServedId = lastId;
    timers.clear();
  }

  private void end(String how) {
    isOver = true;
    count("end " + how);
    switch (how) {
      case "CLIENT_CLOSED" -> assertTrue(hasClosed);
      case "GONE_AWAY", "SESSION_EXPIRED" -> assertTrue(lastServedId >= 0);
      case "DISCONNECTED" -> assertTrue(isCutOff);
      case "WRITE_STALLED" -> assertTrue(isStalled);
      case "SHUTTING_DOWN" -> assertFalse(isOpened);
      default -> throw new AssertionError(how);
    }
    boolean isServed = !isCutOff && !isStalled && isOpened;
    assertTrue(!isServed || unanswered.isEmpty(), unanswered.size() + " calls aren't answered");
  }

  void assertOver() {
    assertTrue(isOver, "client " + number + " isn't over");
  }
}
