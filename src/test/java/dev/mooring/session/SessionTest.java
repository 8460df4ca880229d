package dev.mooring.session;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.ModuleRefused;
import dev.mooring.guest.SimulatedTime;
import dev.mooring.guest.intake.ValueType;
import dev.mooring.guest.log.LogLimits;
import dev.mooring.proto.LeakCheck;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
final class SessionTest {
  private static final Map<String, GuestModule> MODULES = new HashMap<>();
  private static final SessionLimits LIMITS = limits(32, 4_096, 2);

  /** What the module's operator allows. */
  private SessionLimits moduleLimits = LIMITS;

  private static final SimulatedTime TIME = new SimulatedTime(64 << 20);
  private static final GuestRuntime RUNTIME = TIME.runtime();

  private final ManualLoop loop = new ManualLoop(TIME);

  private final SessionLoop sessions =
      new SessionLoop(
          loop,
          RUNTIME,
          (reference, mayOpen, answer) -> {
            GuestModule module = module(reference);
            if (module == null) {
              answer.notFound(new Problem(ErrorCode.MODULE_NOT_FOUND, "no"));
            } else {
              answer.found(module, moduleLimits);
            }
          },
          LIMITS);
  private final RecordingPeer peer = new RecordingPeer();
  private final Conversation session = sessions.connect(peer);
  private final CallRequest request = new CallRequest();

  private static SessionLimits limits(int queuedCalls, int queuedBytes, int configEntries) {
    return new SessionLimits(
        1 << 20,
        50,
        1_000,
        1_000,
        4,
        3,
        queuedCalls,
        queuedBytes,
        configEntries,
        64,
        5_000,
        OnFailure.ROLLBACK,
        LogLimits.OF_A_SESSION,
        SessionLifetime.DEFAULTS,
        KeepLimits.DEFAULTS);
  }

  private static @Nullable GuestModule module(String name) {
    GuestModule known = MODULES.get(name);
    if (known == null) {
      known = load(name);
      if (known != null) {
        MODULES.put(name, known);
      }
    }
    return known;
  }

  private static @Nullable GuestModule load(String name) {
    for (String folder : List.of("guests/c", "test/guests")) {
      Path file = Path.of(folder, name + ".wasm");
      if (Files.exists(file)) {
        try {
          return GuestModule.compile(Files.readAllBytes(file), ModuleOptions.DEFAULTS, RUNTIME);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        } catch (ModuleRefused e) {
          throw new IllegalStateException(e);
        }
      }
    }
    return null;
  }

  @AfterEach
  void everySessionEnds() {
    session.disconnected();
    loop.run();
    assertEquals(0, sessions.sessionCount());
    assertEquals(0, sessions.liveSpaces());
    sessions.close();
  }

  private void open(String module) {
    open(module, Map.of());
    assertEquals(List.of("opened"), peer.take());
  }

  private void open(String module, Map<String, String> config) {
    session.open(new OpenRequest(1, module, config, OpenRequest.WantedLimits.NONE));
    loop.run();
  }

  private void call(long id, String function, String input, long... arguments) {
    callWithin(0, id, function, input, arguments);
  }

  private void callWithin(
      int timeoutMillis, long id, String function, String input, long... arguments) {
    ByteBuf bytes =
        PooledByteBufAllocator.DEFAULT.buffer().writeBytes(input.getBytes(StandardCharsets.UTF_8));
    request.begin(id, function, 0, timeoutMillis);
    request.input(bytes, 0, bytes.readableBytes());
    for (long argument : arguments) {
      request.addArgument(ValueType.I64, argument);
    }
    session.call(request);
    bytes.release();
  }

  @Test
  void calls_areTimedNowAndThen_andNotMoreThanTellAnything() {
    open("counter");
    var timed = new ArrayList<String>();
    sessions.timings((module, waitedNanos, ranNanos) -> timed.add(module));
    int calls = CallTimings.EVERY * (CallTimings.MOST_PER_TICK + 10);
    for (int id = 1; id <= calls; id++) {
      call(id, "add", "", 1);
      loop.run();
    }
    assertEquals(CallTimings.MOST_PER_TICK, timed.size());
    sessions.tick();
    for (int i = 1; i <= 2 * CallTimings.EVERY; i++) {
      call(calls + i, "add", "", 1);
      loop.run();
    }
    assertEquals(CallTimings.MOST_PER_TICK + 2, timed.size());
  }

  private void arm(long id, int timer, int millis) {
    request.begin(id, "arm", 0, 0);
    request.addArgument(ValueType.I32, timer);
    request.addArgument(ValueType.I32, millis);
    session.call(request);
  }

  @Test
  void calls_pipelined_answerInOrderWithOneFlush() {
    open("counter");
    int before = peer.flushes;
    call(1, "add", "", 1);
    call(2, "nope", "");
    call(3, "add", "", 2);
    assertEquals(List.of(), peer.take());
    loop.run();
    assertEquals(
        List.of("result 1 [1]", "error 2 FUNCTION_NOT_FOUND", "result 3 [3]"), peer.take());
    assertEquals(before + 1, peer.flushes);
  }

  @Test
  void calls_atTheQueueBound_pauseReadingUntilHalfIsDone() {
    open("counter");
    for (int id = 1; id <= LIMITS.queuedCalls(); id++) {
      assertTrue(peer.paused.isEmpty());
      call(id, "add", "", 1);
    }
    assertTrue(peer.paused.contains(PauseReason.QUEUE));
    loop.run();
    assertTrue(peer.paused.isEmpty());
    assertEquals(LIMITS.queuedCalls(), peer.take().size());
  }

  @Test
  void calls_atTheByteBound_pauseReading() {
    open("wordcount");
    call(1, "feed", "x".repeat(LIMITS.queuedBytes()));
    assertTrue(peer.paused.contains(PauseReason.QUEUE));
    loop.run();
    assertTrue(peer.paused.isEmpty());
    assertEquals(List.of("result 1"), peer.take());
  }

  @Test
  void output_moreThanACallMayWrite_answersOutputTooLarge() {
    open("echo");
    call(1, "echo", "x".repeat(LIMITS.outputBytes() + 1));
    loop.run();
    assertEquals("error 1 OUTPUT_TOO_LARGE", peer.take().getFirst());
  }

  @Test
  void turn_manyCalls_letsTheNextSessionRunInBetween() {
    var otherPeer = new RecordingPeer();
    var wide = limits(1_000, 1 << 20, 2);
    var sharedLoop =
        new SessionLoop(
            loop,
            RUNTIME,
            (reference, mayOpen, answer) -> answer.found(requireNonNull(module("counter")), wide),
            wide);
    Conversation greedy = sharedLoop.connect(peer);
    Conversation modest = sharedLoop.connect(otherPeer);
    for (Conversation each : List.of(greedy, modest)) {
      each.open(new OpenRequest(1, "counter", Map.of(), OpenRequest.WantedLimits.NONE));
    }
    loop.run();
    peer.take();
    otherPeer.take();
    for (int id = 1; id <= 500; id++) {
      request.begin(id, "get", 0, 0);
      greedy.call(request);
    }
    request.begin(1, "get", 0, 0);
    modest.call(request);
    int[] greedyAnswers = {0};
    otherPeer.onResult = () -> greedyAnswers[0] = peer.sentCount();
    loop.run();
    assertEquals(TurnScheduler.TURN_CALLS, greedyAnswers[0]);
    assertEquals(500, peer.take().size());
    greedy.disconnected();
    modest.disconnected();
    sharedLoop.close();
  }

  @Test
  void peer_notWritable_stopsTheSessionUntilItIs() {
    open("counter");
    peer.writable = false;
    call(1, "add", "", 1);
    loop.run();
    assertEquals(List.of(), peer.take());
    peer.writable = true;
    session.writable();
    loop.run();
    assertEquals(List.of("result 1 [1]"), peer.take());
  }

  @Test
  void cancel_queuedCall_answersCancelledInItsPlace() {
    open("counter");
    call(1, "add", "", 1);
    call(2, "add", "", 10);
    call(3, "add", "", 100);
    session.cancel(2);
    session.cancel(77);
    loop.run();
    assertEquals(List.of("result 1 [1]", "error 2 CANCELLED", "result 3 [101]"), peer.take());
    session.cancel(3);
    loop.run();
    assertEquals(List.of(), peer.take());
  }

  @Test
  void cancel_queuedCall_isNotRefunded() {
    open("wordcount");
    for (int id = 1; id <= 3; id++) {
      call(id, "feed", "x".repeat(1_200));
      session.cancel(id);
    }
    assertTrue(peer.paused.isEmpty());
    call(4, "feed", "x".repeat(1_200));
    assertTrue(peer.paused.contains(PauseReason.QUEUE));
    loop.run();
    assertTrue(peer.paused.isEmpty());
    assertEquals("result 4", peer.take().getLast());
  }

  @Test
  void wrongCalls_withLongNames_areBoundedToo() {
    open("counter");
    for (int id = 1; id <= LIMITS.queuedCalls() && !peer.paused.contains(PauseReason.QUEUE); id++) {
      call(id, "x".repeat(100_000), "");
    }
    loop.run();
    assertTrue(peer.longestMessage < 1_000, "a message of " + peer.longestMessage);
  }

  @Test
  void calls_thatWait_holdLittleMoreThanTheirBytes() {
    open("wordcount");
    var buffers = new ArrayList<ByteBuf>();
    for (int id = 1; id < LIMITS.queuedCalls(); id++) {
      ByteBuf buffer = PooledByteBufAllocator.DEFAULT.buffer(64 << 10).writeZero(64 << 10);
      request.begin(id, "feed", 0, 0);
      request.input(buffer, 0, 10);
      session.call(request);
      buffer.release();
      buffers.add(buffer);
    }
    long held = buffers.stream().filter(buffer -> buffer.refCnt() > 0).count();
    assertTrue(held <= CallQueue.SHARED_INPUTS, held + " read buffers are held");
  }

  @Test
  void counts_ofEndedSessions_sayWhatWasDone() {
    open("counter");
    call(1, "add", "", 1);
    call(2, "nope", "");
    session.closeRequested();
    loop.run();
    var sum = new SessionCounts.Sum();
    sessions.addTo(sum);
    SessionCounts counts = sum.toCounts();
    assertEquals(1, counts.opened());
    assertEquals(1, counts.committed());
    assertEquals(Map.of("CLIENT_CLOSED", 1L), counts.endings());
    assertEquals(Map.of(ErrorCode.FUNCTION_NOT_FOUND, 1L), counts.errors());
  }

  @Test
  void call_whileTheServerIsOverloaded_isRefusedAndWhatRunsGoesOn() {
    open("counter");
    call(1, "add", "", 1);
    peer.overloaded = true;
    call(2, "add", "", 10);
    peer.overloaded = false;
    call(3, "add", "", 100);
    loop.run();
    assertEquals(List.of("result 1 [1]", "error 2 CALL_REFUSED", "result 3 [101]"), peer.take());
  }

  @Test
  void stalled_withCallsWaiting_endsAtOnce() {
    open("counter");
    peer.writable = false;
    call(1, "add", "", 1);
    session.stalled(new Problem(ErrorCode.WRITE_STALLED, "nothing read"));
    assertEquals(List.of("end WRITE_STALLED"), peer.take());
    assertEquals(0, sessions.liveSpaces());
  }

  @Test
  void connect_whileDraining_endsAtOnce() {
    sessions.drain("the server stops");
    assertEquals(List.of("end SHUTTING_DOWN"), peer.take());
    var late = new RecordingPeer();
    Conversation session = sessions.connect(late);
    assertEquals(List.of("end SHUTTING_DOWN"), late.take());
    assertEquals(0, sessions.sessionCount());
    session.open(new OpenRequest(1, "counter", Map.of(), OpenRequest.WantedLimits.NONE));
    session.disconnected();
    loop.run();
    assertEquals(List.of(), late.take());
  }

  @Test
  void problems_thatQuoteMuch_areShort() {
    open("counter");
    call(1, "x".repeat(100_000), "");
    loop.run();
    assertEquals(List.of("error 1 FUNCTION_NOT_FOUND"), peer.take());
    assertTrue(peer.longestMessage < 1_000, peer.longestMessage + " characters");
  }

  @Test
  void close_withNothingWaiting_endsThoughThePeerIsNotWritable() {
    open("counter");
    peer.writable = false;
    session.closeRequested();
    loop.run();
    assertEquals(List.of("end CLIENT_CLOSED"), peer.take());
  }

  @Test
  void timeout_overBeforeItsTurn_answersDeadlineExceeded() {
    open("counter");
    callWithin(5, 1, "add", "", 1);
    call(2, "add", "", 1);
    loop.advance(5);
    loop.run();
    assertEquals(List.of("error 1 DEADLINE_EXCEEDED", "result 2 [1]"), peer.take());
  }

  private void stall(long id, int millis) {
    request.begin(id, "stall", 0, 0);
    request.addArgument(ValueType.I32, millis);
    session.call(request);
  }

  @Test
  void call_pastItsDeadline_isStoppedAndLeavesNothing() {
    open("paced");
    stall(1, LIMITS.callTimeoutMillis() - 1);
    loop.run();
    assertEquals(List.of("result 1 [1]"), peer.take());
    long before = loop.nanoTime();
    stall(2, 1_000);
    call(3, "add", "", 1);
    loop.run();
    assertEquals(List.of("error 2 DEADLINE_EXCEEDED", "result 3 [2]"), peer.take());
    long millis = (loop.nanoTime() - before) / 1_000_000;
    assertTrue(millis <= LIMITS.callTimeoutMillis() + 2, "stopped after " + millis + " ms");
  }

  @Test
  void timer_ofARecord_isNeverEarly() throws Exception {
    loop.spend(1_900_000 - loop.nanoTime() % 1_000_000); // Most of a millisecond has passed.
    open("paced");
    arm(1, 3, 6);
    loop.run();
    assertEquals(List.of("result 1"), peer.take());
    SessionRecord record = session.detach().suspend();
    loop.spend(100_000); // Into the next millisecond, of which little has passed.
    Conversation next = sessions.connect(peer);
    next.resume(sessions.resume(record, requireNonNull(module("paced")), null));
    loop.advance(5);
    loop.run();
    assertEquals(List.of(), peer.take());
    loop.advance(2);
    loop.run();
    assertEquals(List.of("event 3"), peer.take());
    next.disconnected();
    loop.run();
  }

  @Test
  void timer_due_callsTheGuest() {
    open("lifecycle", Map.of("timer", "event"));
    assertEquals(List.of("opened"), peer.take());
    arm(1, 7, 20);
    loop.run();
    assertEquals(List.of("result 1"), peer.take());
    loop.advance(19);
    loop.run();
    assertEquals(List.of(), peer.take());
    loop.advance(1);
    loop.run();
    assertEquals(List.of("event timer 7"), peer.take());
    assertEquals(0, loop.timerCount());
  }

  @Test
  void timer_moreThanMayBeSet_endsTheCallThatSetsThem() {
    open("lifecycle", Map.of("timer", "event"));
    for (int timer = 1; timer <= LIMITS.timers(); timer++) {
      arm(timer, timer, 10);
    }
    arm(9, LIMITS.timers(), 10);
    loop.run();
    assertTrue(peer.take().contains("result 9"), "setting one again is no further timer");
    arm(10, 99, 10);
    loop.run();
    assertEquals("error 10 GUEST_FAILED", peer.take().getFirst());
  }

  @Test
  void events_ofACall_comeBeforeItsResult() {
    open("lifecycle", Map.of("open", "event"));
    assertEquals(List.of("opened", "event open"), peer.take());
    call(1, "act", "event");
    loop.run();
    assertEquals(List.of("event act", "result 1"), peer.take());
  }

  @Test
  void events_moreThanACallMaySend_answerTooManyEvents() {
    open("greedy");
    request.begin(1, "events", 0, 0);
    request.addArgument(ValueType.I32, LIMITS.eventsPerCall() + 1);
    request.addArgument(ValueType.I32, 1);
    session.call(request);
    loop.run();
    assertEquals("error 1 TOO_MANY_EVENTS", peer.take().getFirst());
  }

  @Test
  void openHook_fails_answersGuestOpenFailed() {
    open("lifecycle", Map.of("open", "fail"));
    assertEquals("end GUEST_OPEN_FAILED", peer.take().getLast());
    assertEquals(0, sessions.liveSpaces());
  }

  @Test
  void closeHook_sendsItsEventBeforeTheEnd() {
    open("lifecycle", Map.of("close", "event"));
    peer.take();
    session.closeRequested();
    loop.run();
    assertEquals(List.of("event close", "end CLIENT_CLOSED"), peer.take());
  }

  @Test
  void closeHook_clientIsGone_runsInATurn() {
    open("lifecycle", Map.of("close", "event"));
    peer.take();
    session.disconnected();
    assertEquals(List.of(), peer.take());
    assertEquals(1, sessions.liveSpaces());
    loop.run();
    assertEquals(List.of("end DISCONNECTED"), peer.take());
    assertEquals(0, sessions.liveSpaces());
  }

  @Test
  void closeHook_moreSessionsThanMaySayGoodbye_endAtOnce() {
    var peers = new ArrayList<RecordingPeer>();
    var many = new ArrayList<Conversation>();
    for (int i = 0; i < SessionLoop.MAX_GOODBYES + 1; i++) {
      peers.add(new RecordingPeer());
      many.add(sessions.connect(peers.getLast()));
      many.getLast().open(new OpenRequest(1, "lifecycle", Map.of(), OpenRequest.WantedLimits.NONE));
    }
    loop.run();
    many.forEach(Conversation::disconnected);
    assertEquals(SessionLoop.MAX_GOODBYES, sessions.liveSpaces());
    assertEquals("end DISCONNECTED", peers.getLast().take().getLast());
    loop.run();
    assertEquals(0, sessions.liveSpaces());
  }

  @Test
  void closeHook_serverStops_doesNotRun() {
    open("lifecycle", Map.of("close", "event"));
    sessions.stop();
    assertEquals(List.of("opened", "goAway 0", "end GONE_AWAY"), peer.take());
  }

  @Test
  void fail_andTheClientGoesWhileCallsWait_endsWithTheFailure() {
    open("counter");
    call(1, "add", "", 1);
    session.fail(new Problem(ErrorCode.MALFORMED_MESSAGE, "garbage"));
    session.disconnected();
    assertEquals(List.of("end MALFORMED_MESSAGE"), peer.take());
  }

  @Test
  void goAway_servesWhatWasAskedAndRefusesTheRest() {
    open("counter");
    call(1, "add", "", 1);
    sessions.drain("bye");
    call(2, "add", "", 1);
    loop.run();
    assertEquals(
        List.of("goAway 1", "result 1 [1]", "error 2 CALL_REFUSED", "end GONE_AWAY"), peer.take());
  }

  @Test
  void stop_refusesWhatWaits() {
    open("counter");
    call(1, "add", "", 1);
    call(2, "add", "", 1);
    sessions.stop();
    assertEquals(
        List.of("goAway 0", "error 1 CALL_REFUSED", "error 2 CALL_REFUSED", "end GONE_AWAY"),
        peer.take());
  }

  @Test
  void fail_withCallsWaiting_servesThemFirst() {
    open("counter");
    call(1, "add", "", 1);
    session.fail(new Problem(ErrorCode.MALFORMED_MESSAGE, "garbage"));
    assertTrue(peer.paused.contains(PauseReason.DRAINING));
    loop.run();
    assertEquals(List.of("result 1 [1]", "end MALFORMED_MESSAGE"), peer.take());
  }

  @Test
  void disconnected_withCallsWaiting_dropsThem() {
    open("kv");
    IntStream.rangeClosed(1, 5).forEach(id -> call(id, "put", "k=v"));
    session.disconnected();
    loop.run();
    assertEquals(List.of("end DISCONNECTED"), peer.take());
  }

  @Test
  void open_wrong_saysWhy() {
    open("nope", Map.of());
    assertEquals(List.of("end MODULE_NOT_FOUND"), peer.take());
  }

  @Test
  void open_otherVersion_saysWhichItSpeaks() {
    session.open(new OpenRequest(2, "counter", Map.of(), OpenRequest.WantedLimits.NONE));
    assertEquals(List.of("end UNSUPPORTED_VERSION"), peer.take());
  }

  @Test
  void open_tooMuchConfig_isRefused() {
    open("counter", Map.of("a", "1", "b", "2", "c", "3"));
    assertEquals(List.of("end INVALID_CONFIG"), peer.take());
  }

  @Test
  void open_tooMuchConfigForItsModule_isRefused() {
    moduleLimits = limits(LIMITS.queuedCalls(), LIMITS.queuedBytes(), 1);
    open("counter", Map.of("a", "1", "b", "2"));
    assertEquals(List.of("end INVALID_CONFIG"), peer.take());
  }

  @Test
  void open_tooLongConfig_isRefused() {
    open("counter", Map.of("a", "x".repeat(LIMITS.configBytes())));
    assertEquals(List.of("end INVALID_CONFIG"), peer.take());
  }

  @Test
  void ping_whileCallsWait_isAnsweredAtOnce() {
    open("counter");
    call(1, "add", "", 1);
    session.ping(9);
    assertEquals(List.of("pong 9"), peer.take());
  }

  @Test
  void callIds_mustRise() {
    open("counter");
    call(2, "get", "");
    call(2, "get", "");
    loop.run();
    assertEquals(List.of("result 2 [0]", "end INVALID_CALL_ID"), peer.take());
  }

  @Test
  void limits_askedFor_areGrantedUpToTheServers() {
    var granted = LIMITS.grant(new OpenRequest.WantedLimits(100_000, 2_000, 10, -1, 4, 1 << 30), 0);
    assertEquals(65_536, granted.memoryBytes());
    var tiny = new OpenRequest.WantedLimits(1, 0, 0, 0, 0, 0);
    assertEquals(131_072, LIMITS.grant(tiny, 131_072).memoryBytes());
    assertEquals(LIMITS.maxCallTimeoutMillis(), granted.callTimeoutMillis());
    assertEquals(10, granted.outputBytes());
    assertEquals(LIMITS.eventsPerCall(), granted.eventsPerCall());
    assertEquals(4, granted.queuedCalls());
    assertEquals(LIMITS.queuedBytes(), granted.queuedBytes());
  }
}
