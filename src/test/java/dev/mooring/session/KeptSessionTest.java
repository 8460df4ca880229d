package dev.mooring.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.access.Authority;
import dev.mooring.access.Identity;
import dev.mooring.access.Tenant;
import dev.mooring.access.TenantLimits;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.SimulatedTime;
import dev.mooring.guest.intake.ValueType;
import dev.mooring.proto.LeakCheck;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sessions that outlive their connections, on two event loops in simulated time. */
@ExtendWith(LeakCheck.class)
final class KeptSessionTest {
  private static final OpenRequest.Keep UNNAMED = keep("", OpenRequest.Keep.MAY_EXIST);
  private static final long TTL_MILLIS = 2_000;

  private final SimulatedTime time = new SimulatedTime(16 << 20);
  private final GuestRuntime runtime = time.runtime();
  private final Map<String, GuestModule> modules = new HashMap<>();
  private final SessionDirectory directory = new SessionDirectory();
  private final KeptSessions kept = new KeptSessions(new KeptLimits(3, 64 << 10, 60_000));
  private SessionLimits limits = SessionLimits.DEFAULTS;
  private Authority authority = Authority.OPEN_HOUSE;
  private final ManualLoop[] loops = {
    new ManualLoop(time, new Random(1)), new ManualLoop(time, new Random(2))
  };
  private SessionLoop[] sessions = newLoops();

  private SessionLoop[] newLoops() {
    var made = new SessionLoop[loops.length];
    for (int i = 0; i < loops.length; i++) {
      made[i] =
          new SessionLoop(
              loops[i],
              runtime,
              (reference, mayOpen, answer) ->
                  answer.found(module(OpenRequest.moduleName(reference)), limits),
              limits,
              authority,
              directory,
              kept);
    }
    return made;
  }

  /** With other limits or another authority, before anything is opened. */
  private void restart() {
    for (SessionLoop each : sessions) {
      each.close();
    }
    sessions = newLoops();
  }

  private GuestModule module(String name) {
    return modules.computeIfAbsent(name, time::compile);
  }

  @AfterEach
  void nothingIsLeft() {
    settle();
    for (SessionLoop each : sessions) {
      each.stop();
    }
    settle();
    assertEquals(0, kept.count());
    assertEquals(0, kept.heldBytes());
    assertEquals(0, directory.size());
    for (SessionLoop each : sessions) {
      assertEquals(0, each.liveSpaces());
      each.close();
    }
    runtime.close();
  }

  /** Runs both loops until neither has anything to do. */
  private void settle() {
    ManualLoop.settle(List.of(loops));
  }

  private void pass(long millis) {
    for (long i = 0; i < millis; i++) {
      time.pass(1_000_000);
      settle();
    }
  }

  private static OpenRequest.Keep keep(String name, int policy) {
    return new OpenRequest.Keep(TTL_MILLIS, 0, name, policy);
  }

  private static OpenRequest fresh(String module, OpenRequest.@Nullable Keep keep) {
    return new OpenRequest(1, module, Map.of(), OpenRequest.WantedLimits.NONE, "", keep, null);
  }

  private static OpenRequest again(String token, long received) {
    return new OpenRequest(
        1,
        "",
        Map.of(),
        OpenRequest.WantedLimits.NONE,
        "",
        null,
        new OpenRequest.Resume(token, received));
  }

  /** A client on one of the loops. */
  private final class Client {
    private final RecordingPeer peer = new RecordingPeer();
    private final Conversation conversation;
    private final CallRequest request = new CallRequest();
    private long committed;

    Client(int loop) {
      conversation = sessions[loop].connect(peer);
    }

    Client open(OpenRequest open) {
      conversation.open(open);
      settle();
      return this;
    }

    void send(long id, String function, long... arguments) {
      request.begin(id, function, 0, 0);
      request.input(Unpooled.EMPTY_BUFFER, 0, 0);
      for (long argument : arguments) {
        request.addArgument(ValueType.I64, argument);
      }
      conversation.call(request);
    }

    void arm(long id, int timer, int millis) {
      request.begin(id, "arm", 0, 0);
      request.input(Unpooled.EMPTY_BUFFER, 0, 0);
      request.addArgument(ValueType.I32, timer);
      request.addArgument(ValueType.I32, millis);
      conversation.call(request);
    }

    void add(long id, long amount) {
      send(id, "add", amount);
      settle();
    }

    void echo(long id, String text) {
      ByteBuf bytes = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
      request.begin(id, "echo", 0, 0);
      request.input(bytes, 0, bytes.readableBytes());
      conversation.call(request);
      bytes.release();
      settle();
    }

    void act(long id, String action) {
      ByteBuf bytes = Unpooled.copiedBuffer(action, StandardCharsets.UTF_8);
      request.begin(id, "act", 0, 0);
      request.input(bytes, 0, bytes.readableBytes());
      conversation.call(request);
      bytes.release();
    }

    void put(long id, String text) {
      ByteBuf bytes = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
      request.begin(id, "put", 0, 0);
      request.input(bytes, 0, bytes.readableBytes());
      conversation.call(request);
      bytes.release();
    }

    void lose() {
      conversation.disconnected();
      settle();
    }

    void assertSaid(String... lines) {
      assertEquals(List.of(lines), peer.take());
    }
  }

  private Client open(int loop, String module, OpenRequest.@Nullable Keep keep) {
    return new Client(loop).open(fresh(module, keep));
  }

  private Client resume(int loop, String token, long received) {
    return new Client(loop).open(again(token, received));
  }

  private void assertRefused(String code, OpenRequest open) {
    new Client(0).open(open).assertSaid("end " + code);
  }

  @Test
  void resume_onEitherLoop_goesOnWithTheStateAndSaysWhatWasNotAcknowledged() {
    Client first = open(0, "counter", UNNAMED);
    first.assertSaid("kept at 0");
    first.add(1, 5);
    first.add(7, 6);
    first.assertSaid("#1 result 1 [5]", "#2 result 7 [11]");
    first.lose();
    Client second = resume(1, first.peer.token, 1);
    second.assertSaid("resumed at 7", "#2 result 7 [11]");
    second.add(8, 1);
    second.assertSaid("#3 result 8 [12]");
    second.lose();
    Client third = resume(1, first.peer.token, 3);
    third.assertSaid("resumed at 8");
    third.add(9, 1);
    third.assertSaid("#4 result 9 [13]");
    assertEquals(first.peer.token, third.peer.token);
  }

  @Test
  void session_notKept_hasNoSequenceAndEndsWithItsConnection() {
    Client client = open(0, "counter", null);
    client.assertSaid("opened");
    client.add(1, 5);
    client.assertSaid("result 1 [5]");
    client.lose();
    assertEquals(0, directory.size());
    assertEquals(0, kept.count());
  }

  @Test
  void lost_callsThatWereRead_runAndTheirAnswersWait() {
    Client first = open(0, "counter", UNNAMED);
    first.send(1, "add", 2);
    first.send(2, "nope");
    first.send(3, "add", 3);
    first.conversation.disconnected();
    settle();
    first.assertSaid("kept at 0", "end DISCONNECTED");
    resume(1, first.peer.token, 0)
        .assertSaid(
            "resumed at 3", "#1 result 1 [2]", "#2 error 2 FUNCTION_NOT_FOUND", "#3 result 3 [5]");
  }

  @Test
  void call_sentAgainThatWasOver_getsTheAnswerThatItHadOrIsInvalid() {
    Client first = open(0, "counter", UNNAMED);
    first.add(1, 5);
    first.add(2, 5);
    first.conversation.acknowledge(1);
    first.lose();
    Client second = resume(0, first.peer.token, 1);
    second.assertSaid("resumed at 2", "#2 result 2 [10]");
    second.add(2, 5);
    second.conversation.flush();
    second.assertSaid("#2 result 2 [10]");
    second.add(2, 5); // Each once, as otherwise a few bytes would ask for many.
    second.assertSaid("end INVALID_CALL_ID");
    for (long id : new long[] {0, 1}) {
      Client wrong = resume(0, first.peer.token, 1);
      wrong.add(id, 5);
      wrong.assertSaid("resumed at 2", "#2 result 2 [10]", "end INVALID_CALL_ID");
    }
    Client third = resume(0, first.peer.token, 2);
    third.send(3, "get");
    settle();
    third.assertSaid("resumed at 2", "#3 result 3 [10]");
  }

  @Test
  void takeOver_ofAnAttachedSession_theNewestWinsAndWaitingCallsAreDropped() {
    Client first = open(0, "counter", UNNAMED);
    first.add(1, 1);
    first.peer.take();
    first.peer.writable = false; // So that its calls wait.
    first.send(2, "add", 10);
    first.send(3, "add", 100);
    settle();
    Client second = resume(1, first.peer.token, 1);
    first.assertSaid("end SESSION_TAKEN");
    second.assertSaid("resumed at 1");
    second.add(2, 10);
    second.assertSaid("#2 result 2 [11]");
    first.lose();
    second.add(3, 1);
    second.assertSaid("#3 result 3 [12]");
  }

  @Test
  void takeOver_manyAtOnceFromBothLoops_oneIsTheLastAndAllOthersAreTold() {
    Client first = open(0, "counter", UNNAMED);
    first.add(1, 1);
    String token = first.peer.token;
    first.peer.take();
    List<Client> others = IntStream.range(0, 9).mapToObj(i -> new Client(i % 2)).toList();
    others.forEach(client -> client.conversation.open(again(token, 1)));
    settle();
    first.assertSaid("end SESSION_TAKEN");
    int open = 0;
    for (Client each : others) {
      List<String> said = each.peer.take();
      assertEquals("resumed at 1", said.getFirst());
      if (said.size() == 1) {
        open++;
        each.add(2, 1);
        each.assertSaid("#2 result 2 [2]");
      } else {
        assertEquals(List.of("resumed at 1", "end SESSION_TAKEN"), said);
      }
    }
    assertEquals(1, open);
    assertEquals(1, directory.size());
  }

  @Test
  void takeOver_clientGoneMeanwhile_theSessionGoesOnWithout() {
    Client first = open(0, "counter", UNNAMED);
    first.add(1, 1);
    Client gone = new Client(1);
    gone.conversation.open(again(first.peer.token, 1));
    gone.conversation.disconnected();
    settle();
    resume(0, first.peer.token, 1).assertSaid("resumed at 1");
  }

  @Test
  void inputEnded_servesWhatWasSentThenLetsGo() {
    Client first = open(0, "counter", UNNAMED);
    first.send(1, "add", 2);
    first.conversation.inputEnded();
    settle();
    first.assertSaid("kept at 0", "#1 result 1 [2]", "end DETACHED");
    Client second = resume(0, first.peer.token, 1);
    second.conversation.inputEnded();
    settle();
    second.assertSaid("resumed at 1", "end DETACHED");
    assertEquals(1, directory.size());
  }

  @Test
  void error_ofTheConnection_servesWhatWasSentThenLetsGo() {
    Client first = open(0, "counter", UNNAMED);
    first.send(1, "add", 2);
    first.conversation.fail(new Problem(ErrorCode.MALFORMED_MESSAGE, "no"));
    settle();
    first.assertSaid("kept at 0", "#1 result 1 [2]", "end MALFORMED_MESSAGE");
    resume(0, first.peer.token, 1).assertSaid("resumed at 1");
  }

  @Test
  void stalled_letsGoAtOnce() {
    Client first = open(0, "counter", UNNAMED);
    first.conversation.stalled(new Problem(ErrorCode.WRITE_STALLED, "no"));
    settle();
    first.assertSaid("kept at 0", "end WRITE_STALLED");
    resume(0, first.peer.token, 0).assertSaid("resumed at 0");
  }

  @Test
  void close_endsItForGoodWithItsNameAndItsToken() {
    Client first = open(0, "counter", keep("n", OpenRequest.Keep.MAY_EXIST));
    first.send(1, "add", 2);
    first.conversation.closeRequested();
    settle();
    first.assertSaid("kept at 0", "#1 result 1 [2]", "end CLIENT_CLOSED");
    assertRefused("SESSION_NOT_FOUND", again(first.peer.token, 0));
    assertRefused("SESSION_NOT_FOUND", fresh("counter", keep("n", OpenRequest.Keep.MUST_EXIST)));
    assertEquals(0, kept.count());
  }

  @Test
  void close_thenLost_endsItAllTheSame() {
    Client first = open(0, "counter", UNNAMED);
    first.peer.writable = false;
    first.send(1, "add", 2);
    first.conversation.closeRequested();
    first.lose();
    assertEquals(0, directory.size());
    assertRefused("SESSION_NOT_FOUND", again(first.peer.token, 0));
  }

  @Test
  void crash_endsItForGood() {
    Client first = open(0, "counter", UNNAMED);
    first.conversation.crashed(new IllegalStateException("a bug"));
    settle();
    first.assertSaid("kept at 0", "end INTERNAL");
    assertRefused("SESSION_NOT_FOUND", again(first.peer.token, 0));
  }

  @Test
  void name_secondProgram_getsEventsAndNoAnswersAndTheFirstIsTold() {
    var open =
        new OpenRequest(
            1,
            "lifecycle",
            Map.of("timer", "event"),
            OpenRequest.WantedLimits.NONE,
            "",
            keep("n", OpenRequest.Keep.MAY_EXIST),
            null);
    Client first = new Client(0).open(open);
    first.arm(1, 4, 20);
    settle();
    first.assertSaid("kept at 0", "#1 result 1");
    first.lose();
    pass(50);
    Client second = new Client(1).open(fresh("lifecycle", keep("n", 0)));
    second.assertSaid("resumed at 1", "#2 event timer 4");
    assertNotEquals(first.peer.token, second.peer.token);
    second.arm(1, 5, 5);
    settle();
    second.assertSaid("end INVALID_CALL_ID");
    assertRefused("SESSION_TAKEN", again(first.peer.token, 2));
    resume(0, second.peer.token, 2).assertSaid("resumed at 1");
    assertRefused("SESSION_TAKEN", again(first.peer.token, 2));
  }

  /** Else it would take another program's answer for that to its own call, which never ran. */
  @Test
  void name_usedWhileTheFirstWasAway_itsCallsAreNotTheOthers() {
    Client first = open(0, "counter", keep("n", 0));
    first.add(1, 1);
    first.lose(); // And with the connection its call 2.
    Client second = open(1, "counter", keep("n", 0));
    second.add(2, 5);
    second.assertSaid("resumed at 1", "#2 result 2 [6]");
    second.lose();
    assertRefused("SESSION_TAKEN", again(first.peer.token, 1));
    Client again = resume(1, second.peer.token, 1);
    again.assertSaid("resumed at 2", "#2 result 2 [6]");
  }

  @Test
  void name_isOfOneModule() {
    open(0, "counter", keep("n", OpenRequest.Keep.MUST_BE_NEW)).assertSaid("kept at 0");
    open(0, "lifecycle", keep("n", OpenRequest.Keep.MUST_BE_NEW)).assertSaid("kept at 0");
    assertRefused("SESSION_EXISTS", fresh("counter", keep("n", OpenRequest.Keep.MUST_BE_NEW)));
    assertRefused("SESSION_NOT_FOUND", fresh("echo", keep("n", OpenRequest.Keep.MUST_EXIST)));
    String digest = module("counter").digest();
    new Client(1)
        .open(fresh("counter@" + digest, keep("n", OpenRequest.Keep.MUST_EXIST)))
        .assertSaid("resumed at 0");
    String other = "counter@sha256:" + "0".repeat(64);
    assertRefused("MODULE_MISMATCH", fresh(other, keep("n", OpenRequest.Keep.MAY_EXIST)));
  }

  @Test
  void name_twoAtOnce_oneOpensAndTheOtherGoesOn() {
    var one = new Client(0);
    var other = new Client(1);
    one.conversation.open(fresh("counter", keep("n", 0)));
    other.conversation.open(fresh("counter", keep("n", 0)));
    settle();
    one.assertSaid("kept at 0", "end SESSION_TAKEN");
    other.assertSaid("resumed at 0");
  }

  @Test
  void configuration_absentOrTheSame_isRight() {
    var keep = keep("n", OpenRequest.Keep.MAY_EXIST);
    Map<String, String> config = Map.of("open", "ok");
    for (Map<String, String> each : List.of(config, config, Map.<String, String>of())) {
      new Client(0)
          .open(
              new OpenRequest(1, "lifecycle", each, OpenRequest.WantedLimits.NONE, "", keep, null));
    }
    assertRefused(
        "INVALID_CONFIG",
        new OpenRequest(
            1,
            "lifecycle",
            Map.of("open", "event"),
            OpenRequest.WantedLimits.NONE,
            "",
            keep,
            null));
    assertEquals(1, kept.count());
  }

  @Test
  void open_badWishes_areToldWhatIsWrong() {
    var resume = new OpenRequest.Resume("", 0);
    assertRefused("INVALID_KEEP", fresh("counter", keep("a b", 0)));
    assertRefused("INVALID_KEEP", fresh("counter", keep("a".repeat(129), 0)));
    assertRefused("INVALID_KEEP", fresh("sha256:" + "0".repeat(64), keep("n", 0)));
    assertRefused("INVALID_KEEP", fresh("counter", keep("", OpenRequest.Keep.MUST_EXIST)));
    assertRefused("INVALID_KEEP", fresh("counter", keep("n", 3)));
    assertRefused("INVALID_KEEP", fresh("counter", new OpenRequest.Keep(0, 3, "", 0)));
    assertRefused("DURABILITY_UNAVAILABLE", fresh("counter", new OpenRequest.Keep(0, 1, "", 0)));
    assertRefused("DURABILITY_UNAVAILABLE", fresh("counter", new OpenRequest.Keep(0, 2, "", 0)));
    assertRefused(
        "INVALID_KEEP",
        new OpenRequest(1, "counter", Map.of(), OpenRequest.WantedLimits.NONE, "", null, resume));
    assertRefused(
        "INVALID_KEEP",
        new OpenRequest(
            1,
            "counter",
            Map.of(),
            OpenRequest.WantedLimits.NONE,
            "",
            UNNAMED,
            new OpenRequest.Resume("00".repeat(32), 0)));
    assertRefused("SESSION_NOT_FOUND", again("00".repeat(32), 0));
    assertRefused("SESSION_NOT_FOUND", again("00".repeat(31), 0));
    open(0, "counter", new OpenRequest.Keep(0, 0, "a".repeat(128), 0)).assertSaid("kept at 0");
  }

  @Test
  void received_moreThanWasSaid_isRefusedAndNobodyLosesTheSession() {
    Client first = open(0, "counter", UNNAMED);
    first.add(1, 1);
    first.peer.take();
    assertRefused("INVALID_KEEP", again(first.peer.token, 2));
    assertRefused("INVALID_KEEP", again(first.peer.token, -1));
    first.add(2, 1);
    first.assertSaid("#2 result 2 [2]");
    first.conversation.acknowledge(3);
    settle();
    first.assertSaid("end MALFORMED_MESSAGE");
  }

  @Test
  void timers_withoutAConnection_runAndTheirEventsWait() {
    Client first =
        new Client(0)
            .open(
                new OpenRequest(
                    1,
                    "lifecycle",
                    Map.of("timer", "event"),
                    OpenRequest.WantedLimits.NONE,
                    "",
                    UNNAMED,
                    null));
    first.arm(1, 1, 10);
    first.arm(2, 2, 30);
    first.arm(3, 3, 60);
    settle();
    first.lose();
    pass(40);
    Client second = resume(1, first.peer.token, 3);
    second.assertSaid("resumed at 3", "#4 event timer 1", "#5 event timer 2");
    pass(40);
    second.assertSaid("#6 event timer 3");
  }

  @Test
  void unacknowledged_asManyAsMayBe_callsWaitUntilTheyAre() {
    limits =
        SessionLimits.DEFAULTS.withKeep(
            new KeepLimits(TTL_MILLIS, TTL_MILLIS, 128, KeepLimits.LEAST_BYTES));
    restart();
    Client client = open(0, "counter", UNNAMED);
    for (int id = 1; id <= 200; id++) {
      client.add(id, 1);
    }
    assertEquals(1 + 128, client.peer.take().size());
    client.conversation.acknowledge(64);
    settle();
    assertEquals(64, client.peer.take().size());
    client.lose();
    Client again = resume(1, client.peer.token, 192);
    again.assertSaid("resumed at 192");
    again.add(193, 1);
    again.assertSaid("#193 result 193 [193]");
  }

  @Test
  void unacknowledgedBytes_ofAll_whoHoldsMuchWaitsAndNoOtherIsMade() {
    Client much = open(0, "echo", UNNAMED);
    Client little = open(0, "counter", UNNAMED);
    for (int id = 1; id <= 20; id++) {
      much.echo(id, "x".repeat(8_000));
    }
    assertTrue(kept.heldBytes() >= 64 << 10);
    assertTrue(kept.heldBytes() < 80 << 10);
    little.add(1, 1);
    little.assertSaid("kept at 0", "#1 result 1 [1]");
    assertRefused("SERVER_OVERLOADED", fresh("counter", UNNAMED));
    much.conversation.acknowledge(5);
    settle();
    open(0, "counter", UNNAMED);
    much.conversation.acknowledge(8);
    settle();
    assertTrue(kept.heldBytes() > 0);
  }

  @Test
  void kept_asManyAsMayBe_noOtherIsMadeAndNoneIsEvicted() {
    List<Client> clients =
        IntStream.range(0, 3).mapToObj(i -> open(0, "counter", UNNAMED)).toList();
    assertRefused("SERVER_OVERLOADED", fresh("counter", UNNAMED));
    clients.getFirst().lose();
    assertRefused("SERVER_OVERLOADED", fresh("counter", keep("n", 0)));
    resume(1, clients.getFirst().peer.token, 0).assertSaid("resumed at 0");
    clients.getLast().conversation.closeRequested();
    settle();
    open(0, "counter", keep("n", 0)).assertSaid("kept at 0");
  }

  @Test
  void expiry_ofItsTimeWithoutAConnection_letsTheGuestHearOfIt() {
    Client first = open(0, "lifecycle", UNNAMED);
    pass(2 * TTL_MILLIS); // On a connection it doesn't count.
    first.lose();
    pass(TTL_MILLIS - 2);
    assertEquals(1, directory.size());
    Client second = resume(1, first.peer.token, 0);
    second.lose();
    pass(TTL_MILLIS - 2);
    assertEquals(1, directory.size());
    pass(3);
    assertEquals(0, directory.size());
    var sum = new SessionCounts.Sum();
    sessions[1].addTo(sum);
    assertEquals(1, sum.toCounts().endings("SESSION_EXPIRED"));
    assertEquals(1, sum.toCounts().committed(), "mooring_close");
    assertRefused("SESSION_NOT_FOUND", again(first.peer.token, 0));
  }

  /** As an operator may want it: a call that fails ends its session. */
  static SessionLimits endingWithFailures() {
    SessionLimits d = SessionLimits.DEFAULTS;
    return new SessionLimits(
        d.memoryBytes(),
        d.callTimeoutMillis(),
        d.maxCallTimeoutMillis(),
        d.outputBytes(),
        d.eventsPerCall(),
        d.timers(),
        d.queuedCalls(),
        d.queuedBytes(),
        d.configEntries(),
        d.configBytes(),
        d.firstMessageMillis(),
        OnFailure.CLOSE,
        d.log(),
        d.lifetime(),
        d.keep());
  }

  private void failuresEndSessions() {
    limits = endingWithFailures();
    restart();
  }

  private Client openFailing(String timer) {
    return new Client(0)
        .open(
            new OpenRequest(
                1,
                "lifecycle",
                Map.of("timer", timer, "close", "event"),
                OpenRequest.WantedLimits.NONE,
                "",
                keep("n", OpenRequest.Keep.MAY_EXIST),
                null));
  }

  @Test
  void failure_thatEndsTheSession_isHeardWithWhatWasSaidAsOftenAsItsClientComes() {
    failuresEndSessions();
    Client first = openFailing("ok");
    first.act(1, "event");
    first.act(2, "trap");
    first.act(3, "ok");
    settle();
    first.assertSaid(
        "kept at 0", "#1 event act", "#2 result 1", "#3 error 2 GUEST_TRAP", "end SESSION_LOST");
    for (int loop = 0; loop < 2; loop++) {
      Client again = resume(loop, first.peer.token, 1);
      again.act(3, "ok");
      settle();
      again.assertSaid("resumed at 2", "#2 result 1", "#3 error 2 GUEST_TRAP", "end SESSION_LOST");
    }
    resume(0, first.peer.token, 3).assertSaid("resumed at 2", "end SESSION_LOST");
    Client other = openFailing("ok"); // The name is free.
    other.assertSaid("kept at 0");
    other.lose();
    pass(TTL_MILLIS + 1);
    assertRefused("SESSION_NOT_FOUND", again(first.peer.token, 3));
    var sum = new SessionCounts.Sum();
    for (SessionLoop each : sessions) {
      each.addTo(sum);
    }
    assertEquals(1, sum.toCounts().endings("SESSION_LOST"));
    assertEquals(2, sum.toCounts().committed(), "act, and the other's mooring_close");
  }

  @Test
  void failure_ofATimerWithoutAConnection_isHeardLater() {
    failuresEndSessions();
    Client first = openFailing("trap");
    first.arm(1, 4, 20);
    settle();
    first.lose();
    pass(50);
    assertRefused("SESSION_NOT_FOUND", fresh("lifecycle", keep("n", OpenRequest.Keep.MUST_EXIST)));
    resume(1, first.peer.token, 0).assertSaid("resumed at 1", "#1 result 1", "end SESSION_LOST");
  }

  @Test
  void failure_ofASessionThatIsntKept_endsItAtOnce() {
    failuresEndSessions();
    Client client = open(0, "lifecycle", null);
    client.act(1, "trap");
    client.act(2, "ok");
    settle();
    client.assertSaid("opened", "error 1 GUEST_TRAP", "end SESSION_LOST");
    assertEquals(0, directory.size());
  }

  @Test
  void lifetime_withoutAConnection_endsItToo() {
    limits = SessionLimits.DEFAULTS.withLifetime(new SessionLifetime(300, 0, 10));
    restart();
    Client first = open(0, "counter", UNNAMED);
    first.lose();
    pass(299);
    assertEquals(1, directory.size());
    pass(2);
    assertEquals(0, directory.size());
  }

  @Test
  void drain_servesWhatWasSentAndLetsGo() {
    Client first = open(0, "counter", UNNAMED);
    Client detached = open(0, "counter", UNNAMED);
    detached.lose();
    first.send(1, "add", 2);
    sessions[0].drain("going");
    first.send(2, "add", 3);
    settle();
    first.assertSaid(
        "kept at 0", "goAway 1", "#1 result 1 [2]", "#2 result 2 [5]", "end GONE_AWAY");
    assertEquals(0, sessions[0].leftToDrain());
    resume(1, first.peer.token, 2).assertSaid("resumed at 2");
  }

  @Test
  void tenants_seeOnlyTheirsAndHaveBoundsOfTheirOwn() {
    var rich = new Tenant("rich", new TenantLimits(0, 0, 0, List.of("counter"), 1, 0), 0);
    var poor = new Tenant("poor", new TenantLimits(1, 0, 0, List.of("*"), 0, 0), 0);
    authority = (token, certificate) -> new Identity.Known(token.equals("rich") ? rich : poor);
    restart();
    Client first = new Client(0).open(as("rich", "counter", keep("n", 0), null));
    first.assertSaid("kept at 0");
    Client second = new Client(0).open(as("poor", "counter", keep("n", 0), null));
    second.assertSaid("kept at 0");
    assertRefused("SERVER_OVERLOADED", as("rich", "counter", UNNAMED, null));
    assertRefused("SERVER_OVERLOADED", as("poor", "counter", UNNAMED, null));
    var resume = new OpenRequest.Resume(first.peer.token, 0);
    assertRefused("SESSION_NOT_FOUND", as("poor", "", null, resume));
    assertRefused("PERMISSION_DENIED", as("rich", "echo", keep("n", 0), null));
    // Without a connection it doesn't count as one that is on one.
    second.lose();
    assertEquals(0, poor.use().sessions());
    Client other = new Client(1).open(as("poor", "counter", null, null));
    other.assertSaid("opened");
    var again = new OpenRequest.Resume(second.peer.token, 0);
    assertRefused("SERVER_OVERLOADED", as("poor", "", null, again));
    other.lose();
    new Client(1).open(as("poor", "", null, again)).assertSaid("resumed at 0");
    assertEquals(1, poor.use().sessions());
    assertFalse(poor.use().guestMemoryBytes() == 0);
  }

  /** What it gives back on one loop is kept there for others, and the other loop has none left. */
  @Test
  void takeOver_noMemoryWhereItGoes_staysAndWakesByItself() {
    var open =
        new OpenRequest(
            1,
            "lifecycle",
            Map.of("timer", "event"),
            OpenRequest.WantedLimits.NONE,
            "",
            UNNAMED,
            null);
    Client first = new Client(0).open(open);
    first.arm(1, 1, 100);
    settle();
    List<Client> greedy = List.of(open(1, "kv", null), open(1, "kv", null));
    int size = 64 << 10;
    for (int id = 1; size > 0; id++) {
      int failed = 0;
      for (Client each : greedy) {
        each.put(id, "key" + id + "=" + "x".repeat(size));
        settle();
        boolean wentWell = !each.peer.take().getLast().startsWith("error");
        each.committed += wentWell ? 1 : 0;
        failed += wentWell ? 0 : 1;
      }
      size = failed == greedy.size() ? size / 2 : size;
    }
    resume(1, first.peer.token, 1).assertSaid("end SERVER_OVERLOADED");
    pass(200);
    assertEquals(1, kept.count());
    greedy.forEach(Client::lose);
    pass(1_000);
    var sum = new SessionCounts.Sum();
    sessions[1].addTo(sum);
    long ofTheGreedy = greedy.stream().mapToLong(each -> each.committed).sum();
    assertEquals(1, sum.toCounts().committed() - ofTheGreedy, "its timer, without a client");
    resume(0, first.peer.token, 1).assertSaid("resumed at 1", "#2 event timer 1");
  }

  private static OpenRequest as(
      String who,
      String module,
      OpenRequest.@Nullable Keep keep,
      OpenRequest.@Nullable Resume resume) {
    return new OpenRequest(1, module, Map.of(), OpenRequest.WantedLimits.NONE, who, keep, resume);
  }

  @Test
  void tokens_moreThanAreRemembered_theOldestHoldsNoMore() {
    Client first = open(0, "counter", keep("n", 0));
    for (int i = 0; i < KeptSession.MAX_TOKENS; i++) {
      open(i % 2, "counter", keep("n", 0));
    }
    assertRefused("SESSION_NOT_FOUND", again(first.peer.token, 0));
  }
}
