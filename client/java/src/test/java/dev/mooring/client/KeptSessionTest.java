package dev.mooring.client;

import static dev.mooring.client.Futures.failure;
import static dev.mooring.client.Futures.get;
import static dev.mooring.client.Peer.sequenced;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.mooring.proto.v1.ClientMessage.MessageCase;
import dev.mooring.proto.v1.Durability;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.GoAway;
import dev.mooring.proto.v1.NamePolicy;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Resume;
import dev.mooring.proto.v1.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A session that outlives its connections: what goes on, what is said again, and how it ends. */
@Timeout(60)
final class KeptSessionTest {
  private static final OpenOptions.Timeouts TIMEOUTS =
      OpenOptions.Timeouts.DEFAULTS.withClose(Duration.ofSeconds(1));

  private static final OpenOptions OPTIONS =
      OpenOptions.module("m")
          .withKeep(Keep.forTtl(Duration.ofMinutes(5)))
          .withTimeouts(TIMEOUTS)
          .withAuthToken("me");

  private final Queue<Peer> peers = new ConcurrentLinkedQueue<>();
  private volatile boolean isOver;
  private final FakeServer server = FakeServer.local(this::connected);
  private final MooringClient client = server.client().build();
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private final SessionListener listener =
      new SessionListener() {
        @Override
        public void onEvent(MooringSession session, byte[] payload) {
          heard.add(new String(payload, UTF_8));
        }

        @Override
        public void onGoAway(MooringSession session, GoAwayReason reason, String message) {
          heard.add(reason.toString());
        }

        @Override
        public void onDisconnected(MooringSession session, MooringException why) {
          heard.add("disconnected " + why.code());
        }

        @Override
        public void onResumed(MooringSession session) {
          heard.add("resumed");
        }

        @Override
        public void onClosed(MooringSession session, SessionEnd end) {
          heard.add("closed");
        }
      };
  private MooringSession session;
  private Peer peer;

  @BeforeEach
  void open() throws Exception {
    open(OPTIONS);
  }

  private void open(OpenOptions options) throws Exception {
    var opening = client.open(server.address(), options.withListener(listener));
    peer = server.accept().openKept();
    session = get(opening);
  }

  private void connected(Peer peer) {
    peers.add(peer);
    if (isOver) {
      peer.answering(
          _ -> peer.send(refusal(dev.mooring.proto.v1.ErrorCode.SESSION_NOT_FOUND, false)));
    }
  }

  /** Nobody finds a session any more, so that none is waited for. */
  @AfterEach
  void close() {
    isOver = true;
    peers.forEach(Peer::cut);
    client.close();
    server.close();
  }

  // ---- opening ----

  /** An answer is told first, and counts as heard afterwards. */
  private static void assertReceived(long expected, MooringSession session)
      throws InterruptedException {
    for (int waited = 0; session.received() < expected && waited < 5_000; waited++) {
      Thread.sleep(1);
    }
    assertEquals(expected, session.received());
  }

  @Test
  void open_kept_saysHowAndTellsWhatWasGranted() throws Exception {
    var keep =
        Keep.named("till-7")
            .withTtl(Duration.ofSeconds(9))
            .withDurability(Keep.Durability.DISK)
            .withNamePolicy(Keep.NamePolicy.MUST_EXIST);
    var opening = client.open(server.address(), OPTIONS.withKeep(keep));
    Peer peer = server.accept();
    Open open = peer.next(MessageCase.OPEN).getOpen();
    assertEquals(
        dev.mooring.proto.v1.Keep.newBuilder()
            .setTtlMs(9_000)
            .setDurability(Durability.DISK)
            .setName("till-7")
            .setNamePolicy(NamePolicy.MUST_EXIST)
            .build(),
        open.getKeep());
    assertFalse(open.hasResume());
    peer.send(
        Peer.opened(
            Peer.kept()
                .setTtlMs(8_000)
                .setDurability(Durability.DISK)
                .setName("till-7")
                .setResumed(true)
                .setCommittedId(41)));
    MooringSession named = get(opening);
    var granted =
        new Keep(Duration.ofSeconds(8), Keep.Durability.DISK, "till-7", Keep.NamePolicy.MAY_EXIST);
    assertEquals(granted, named.keep().orElseThrow());
    assertTrue(named.isResumed());
    assertEquals(41, named.committedId());
    assertArrayEquals(Peer.TOKEN.toByteArray(), named.token().bytes());
    assertFalse(named.token().toString().contains("0123"), named.token()::toString);
    // Its own calls come after those of the program before; and of that nothing is missed.
    var call = named.call("echo");
    assertEquals(42, peer.nextCall().getId());
    peer.send(sequenced(7, Peer.event("old")), sequenced(9, Peer.result(42)));
    get(call);
    assertReceived(9, named);
    peer.cut();
  }

  @Test
  void open_serverKeepsNothing_isNoSession() throws Exception {
    var opening = client.open(server.address(), OPTIONS);
    Peer peer = server.accept();
    peer.open();
    failure(ErrorCode.PROTOCOL_VIOLATION, opening);
    peer.awaitInactive();
  }

  @Test
  void open_notKept_hasNoToken() throws Exception {
    var opening = client.open(server.address(), OpenOptions.module("m"));
    Peer peer = server.accept().open();
    MooringSession plain = get(opening);
    assertTrue(plain.keep().isEmpty());
    assertThrows(IllegalStateException.class, plain::token);
    assertThrows(IllegalStateException.class, plain::received);
    assertThrows(IllegalStateException.class, plain::detach);
    peer.cut();
  }

  @Test
  void open_refused_isNotTriedAgain() throws Exception {
    var opening = client.open(server.address(), OPTIONS);
    Peer peer = server.accept();
    peer.next(MessageCase.OPEN);
    peer.send(refusal(dev.mooring.proto.v1.ErrorCode.SERVER_OVERLOADED, true));
    failure(ErrorCode.SERVER_OVERLOADED, opening);
  }

  @Test
  void resume_byAToken_hearsWhatWasMissedAndNoOtherProgramsAnswers() throws Exception {
    var token = SessionToken.of(Peer.TOKEN.toByteArray());
    var options = OpenOptions.resume(token, 5).withListener(listener).withAuthToken("me");
    var opening = client.open(server.address(), options);
    Peer peer = server.accept();
    assertEquals(
        Open.newBuilder()
            .setProtocolVersion(1)
            .setAuthToken("me")
            .setResume(Resume.newBuilder().setToken(Peer.TOKEN).setReceived(5))
            .build(),
        peer.next(MessageCase.OPEN).getOpen());
    peer.send(
        Peer.opened(Peer.kept().setResumed(true).setCommittedId(3)),
        sequenced(6, Peer.result(2)),
        sequenced(7, Peer.event("missed")),
        sequenced(8, Peer.result(3)));
    MooringSession resumed = get(opening);
    assertTrue(resumed.isResumed());
    assertHeard("missed");
    var call = resumed.call("echo");
    assertEquals(4, peer.nextCall().getId());
    peer.send(sequenced(9, Peer.result(4)));
    get(call);
    assertReceived(9, resumed);
    peer.cut();
  }

  @Test
  void resumeOptions_withWhatTheSessionHas_areNone() {
    var options = OpenOptions.resume(SessionToken.of(new byte[] {1}), 0);
    assertThrows(
        IllegalArgumentException.class, () -> options.withKeep(Keep.forTtl(Duration.ZERO)));
    assertThrows(IllegalArgumentException.class, () -> options.withConfig("a", "b"));
    assertThrows(IllegalArgumentException.class, () -> OpenOptions.resume(session.token(), -1));
    assertThrows(IllegalArgumentException.class, () -> SessionToken.of(new byte[0]));
    assertThrows(IllegalArgumentException.class, () -> Keep.named(""));
  }

  // ---- acknowledging ----

  @Test
  void messages_soMany_areAcknowledged() throws Exception {
    for (int i = 1; i < Progress.ACKNOWLEDGED_MESSAGES; i++) {
      peer.send(sequenced(i, Peer.event("e")));
    }
    var call = session.call("echo");
    peer.nextCall();
    peer.expectNothing();
    peer.send(sequenced(Progress.ACKNOWLEDGED_MESSAGES, Peer.result(1)));
    get(call);
    assertEquals(
        Progress.ACKNOWLEDGED_MESSAGES,
        peer.next(MessageCase.ACKNOWLEDGE).getAcknowledge().getReceived());
  }

  @Test
  void messages_ofSoManyBytes_areAcknowledged() throws Exception {
    var call = session.call("echo");
    peer.nextCall();
    peer.send(
        sequenced(1, Peer.output(1, ByteString.copyFrom(new byte[Progress.ACKNOWLEDGED_BYTES]))));
    get(call);
    assertEquals(1, peer.next(MessageCase.ACKNOWLEDGE).getAcknowledge().getReceived());
  }

  @Test
  void message_withAGap_isAProtocolViolation() throws Exception {
    peer.send(sequenced(2, Peer.event("e")));
    var end = assertInstanceOf(SessionEnd.Failed.class, get(session.ended()));
    assertEquals(ErrorCode.PROTOCOL_VIOLATION, end.error().code());
  }

  @Test
  void message_withoutASequence_isAProtocolViolation() throws Exception {
    peer.send(Peer.event("e"));
    assertInstanceOf(SessionEnd.Failed.class, get(session.ended()));
  }

  @Test
  void call_moreThanHalfOfWhatTheServerQueues_findsNoRoom() throws Exception {
    var opening = client.open(server.address(), OPTIONS);
    Peer peer = server.accept();
    peer.next(MessageCase.OPEN);
    var opened = Peer.opened(Peer.kept()).getOpened().toBuilder();
    opened.getLimitsBuilder().setQueuedCalls(4);
    peer.send(Peer.opened(opened));
    MooringSession narrow = get(opening);
    assertNotNull(narrow.tryCall(CallRequest.of("echo")));
    assertNotNull(narrow.tryCall(CallRequest.of("echo")));
    assertNull(narrow.tryCall(CallRequest.of("echo")));
    peer.cut();
  }

  // ---- going on ----

  @Test
  void connectionLost_callsUnderWay_eachIsAnsweredOnce() throws Exception {
    var answered = session.call("echo");
    var happened = session.call("echo");
    var unheard = session.call("echo");
    peer.nextCall();
    peer.nextCall();
    peer.nextCall();
    peer.send(sequenced(1, Peer.event("before")), sequenced(2, Peer.result(1)));
    get(answered);
    peer.cut();
    Peer next = server.accept();
    Resume asked = next.resume(2, sequenced(3, Peer.event("missed")), sequenced(4, Peer.result(2)));
    assertEquals(Resume.newBuilder().setToken(Peer.TOKEN).setReceived(2).build(), asked);
    get(happened);
    assertEquals(3, next.nextCall().getId());
    assertFalse(unheard.isDone());
    next.send(sequenced(5, Peer.result(3)));
    get(unheard);
    assertHeard("before", "disconnected CONNECTION_LOST", "resumed", "missed");
    assertReceived(5, session);
    next.expectNothing();
  }

  @Test
  void connectionLost_again_goesOnAgain() throws Exception {
    var first = session.call("echo");
    peer.nextCall();
    for (int i = 0; i < 3; i++) {
      peer.cut();
      peer = server.accept();
      peer.resume(0);
      assertEquals(1, peer.nextCall().getId());
    }
    peer.cut();
    peer = server.accept();
    peer.resume(1, sequenced(1, Peer.result(1)));
    get(first);
  }

  @Test
  void connectionLost_whatCameAlready_isNotHeardTwice() throws Exception {
    var call = session.call("echo");
    peer.nextCall();
    peer.send(sequenced(1, Peer.event("once")), sequenced(2, Peer.result(1)));
    get(call);
    peer.cut();
    Peer next = server.accept();
    next.resume(
        1,
        sequenced(1, Peer.event("once")),
        sequenced(2, Peer.result(1)),
        sequenced(3, Peer.event("new")));
    assertHeard("once", "disconnected CONNECTION_LOST", "resumed", "new");
  }

  @Test
  void callsWhileAway_waitAndFollowThoseBefore() throws Exception {
    var before = session.call("echo");
    peer.nextCall();
    peer.cut();
    assertHeard("disconnected CONNECTION_LOST");
    assertTrue(session.isOpen());
    var while1 = session.call("echo");
    var while2 = session.call("echo");
    Peer next = server.accept();
    next.resume(0);
    for (int id = 1; id <= 3; id++) {
      assertEquals(id, next.nextCall().getId());
      next.send(sequenced(id, Peer.result(id)));
    }
    get(before);
    get(while1);
    get(while2);
  }

  @Test
  void cancelledWhileAway_isNotSaidAgain() throws Exception {
    var cancelled = session.call("echo");
    peer.nextCall();
    peer.cut();
    assertHeard("disconnected CONNECTION_LOST");
    assertTrue(cancelled.cancel(true));
    var other = session.call("echo");
    Peer next = server.accept();
    next.resume(0);
    assertEquals(2, next.nextCall().getId());
    next.send(sequenced(1, Peer.result(2)));
    get(other);
    next.expectNothing();
  }

  @Test
  void timeout_whileAway_goesOn() throws Exception {
    var call = session.call(CallRequest.of("echo").withTimeout(Duration.ofMillis(1)));
    peer.nextCall();
    peer.cut();
    Peer next = server.accept();
    failure(ErrorCode.DEADLINE_EXCEEDED, call);
    next.resume(0);
    var other = session.call("echo");
    assertEquals(2, next.nextCall().getId());
    next.send(sequenced(1, Peer.result(2)));
    get(other);
  }

  @Test
  void pings_onALostConnection_fail() throws Exception {
    var ping = session.ping();
    peer.next(MessageCase.PING);
    peer.cut();
    failure(ErrorCode.CONNECTION_LOST, ping);
    Peer next = server.accept();
    next.resume(0);
    var other = session.ping();
    next.send(Peer.pong(next.next(MessageCase.PING).getPing().getToken()));
    get(other);
  }

  @Test
  void errorThatLetsTheSessionStay_isALostConnection() throws Exception {
    peer.send(refusal(dev.mooring.proto.v1.ErrorCode.IDLE_TIMEOUT, true));
    peer.awaitInactive();
    server.accept().resume(0);
    assertHeard("disconnected IDLE_TIMEOUT", "resumed");
  }

  @Test
  void goodbyeThatWasNotSaid_isALostConnection() throws Exception {
    peer.send(Peer.closed(dev.mooring.proto.v1.CloseReason.DETACHED));
    server.accept().resume(0);
    assertHeard("disconnected CONNECTION_LOST", "resumed");
  }

  @Test
  void resumption_refusedForNow_isTriedAgain() throws Exception {
    var call = session.call("echo");
    peer.nextCall();
    peer.cut();
    Peer overloaded = server.accept();
    overloaded.next(MessageCase.OPEN);
    overloaded.send(refusal(dev.mooring.proto.v1.ErrorCode.SERVER_OVERLOADED, true));
    Peer silent = server.accept();
    silent.next(MessageCase.OPEN);
    silent.cut();
    Peer next = server.accept();
    next.resume(1, sequenced(1, Peer.result(1)));
    get(call);
    assertHeard("disconnected CONNECTION_LOST", "resumed");
  }

  @Test
  void serverGoesAway_callsWaitForTheNext() throws Exception {
    var served = session.call("echo");
    var unserved = session.call("echo");
    peer.nextCall();
    peer.nextCall();
    peer.send(Peer.goAway(1));
    assertHeard("SERVER_SHUTDOWN");
    var later = session.call("echo");
    peer.send(
        sequenced(1, Peer.result(1)), Peer.closed(dev.mooring.proto.v1.CloseReason.GONE_AWAY));
    get(served);
    peer.awaitInactive();
    peer.expectNothing();
    Peer next = server.accept();
    next.resume(1);
    assertEquals(2, next.nextCall().getId());
    assertEquals(3, next.nextCall().getId());
    next.send(sequenced(2, Peer.result(2)), sequenced(3, Peer.result(3)));
    get(unserved);
    get(later);
  }

  @Test
  void lifetimeOver_endsTheSession() throws Exception {
    peer.send(
        ServerMessage.newBuilder()
            .setGoAway(
                GoAway.newBuilder().setReason(dev.mooring.proto.v1.GoAwayReason.SESSION_LIFETIME))
            .build());
    assertHeard("SESSION_LIFETIME");
    failure(ErrorCode.CALL_REFUSED, session.call("echo"));
    peer.send(Peer.closed(dev.mooring.proto.v1.CloseReason.GONE_AWAY));
    assertEquals(new SessionEnd.Closed(CloseReason.GONE_AWAY), get(session.ended()));
  }

  // ---- not going on ----

  @Test
  void sessionTaken_isNotTakenBack() throws Exception {
    var call = session.call("echo");
    peer.nextCall();
    peer.send(refusal(dev.mooring.proto.v1.ErrorCode.SESSION_TAKEN, false));
    failure(ErrorCode.SESSION_TAKEN, call);
    failure(ErrorCode.SESSION_TAKEN, session.call("echo"));
    assertHeard("closed");
  }

  @Test
  void sessionNotFound_everythingFailsWithThat() throws Exception {
    var call = session.call("echo");
    peer.nextCall();
    peer.cut();
    refuseNext(dev.mooring.proto.v1.ErrorCode.SESSION_NOT_FOUND);
    failure(ErrorCode.SESSION_NOT_FOUND, call);
    var end = assertInstanceOf(SessionEnd.Failed.class, get(session.ended()));
    assertEquals(ErrorCode.SESSION_NOT_FOUND, end.error().code());
    assertHeard("disconnected CONNECTION_LOST", "closed");
  }

  @Test
  void nobodyThere_isGivenUpInTime() throws Exception {
    peer.cut();
    open(OPTIONS.withTimeouts(TIMEOUTS.withReconnect(Duration.ofMillis(300))));
    var call = session.call("echo");
    peer.nextCall();
    server.stopListening();
    peer.cut();
    MooringException failure = failure(ErrorCode.CONNECTION_LOST, call);
    assertFalse(failure.retryable());
    assertTrue(failure.toString().contains("300 ms"), failure::toString);
  }

  @Test
  void reconnectZero_aLostConnectionEndsTheSession() throws Exception {
    open(OPTIONS.withTimeouts(TIMEOUTS.withReconnect(Duration.ZERO)));
    var call = session.call("echo");
    peer.nextCall();
    peer.cut();
    failure(ErrorCode.CONNECTION_LOST, call);
  }

  @Test
  void stateOfTheServer_older_endsTheSession() throws Exception {
    var answered = session.call("echo");
    var second = session.call("echo");
    peer.nextCall();
    peer.nextCall();
    peer.send(sequenced(1, Peer.result(1)));
    get(answered);
    peer.cut();
    server.accept().resume(0);
    assertFalse(failure(ErrorCode.STATE_LOST, second).fromServer());
  }

  @Test
  void stateOfTheServer_withLessSaid_endsTheSession() throws Exception {
    var call = session.call("echo");
    peer.nextCall();
    peer.cut();
    refuseNext(dev.mooring.proto.v1.ErrorCode.INVALID_KEEP);
    failure(ErrorCode.STATE_LOST, call);
  }

  @Test
  void anotherSession_inThePlaceOfTheOneThatWas_isAProtocolViolation() throws Exception {
    var call = session.call("echo");
    peer.nextCall();
    peer.cut();
    server.accept().openKept();
    failure(ErrorCode.PROTOCOL_VIOLATION, call);
  }

  // ---- leaving ----

  @Test
  void detach_callsUnderWay_areServedThenTheSessionIsLeft() throws Exception {
    var call = session.call("echo");
    var end = session.detachAsync();
    failure(ErrorCode.SESSION_CLOSED, session.call("echo"));
    peer.nextCall();
    assertFalse(end.isDone());
    peer.send(sequenced(1, Peer.result(1)));
    get(call);
    assertEquals(new SessionEnd.Closed(CloseReason.DETACHED), get(end));
    assertEquals(1, peer.next(MessageCase.ACKNOWLEDGE).getAcknowledge().getReceived());
    peer.awaitInactive();
    session.close();
    peer.expectNothing();
    assertReceived(1, session);
    assertHeard("closed");
  }

  @Test
  void detach_whileAwayWithNothingDue_isDone() throws Exception {
    server.stopListening();
    peer.cut();
    assertHeard("disconnected CONNECTION_LOST");
    session.detach();
    assertEquals(new SessionEnd.Closed(CloseReason.DETACHED), session.ended().join());
  }

  @Test
  void detach_whileAwayWithCallsDue_waitsForTheirAnswers() throws Exception {
    var call = session.call("echo");
    peer.nextCall();
    peer.cut();
    assertHeard("disconnected CONNECTION_LOST");
    var end = session.detachAsync();
    Peer next = server.accept();
    next.resume(0);
    next.nextCall();
    next.send(sequenced(1, Peer.result(1)));
    get(call);
    assertEquals(new SessionEnd.Closed(CloseReason.DETACHED), get(end));
  }

  @Test
  void detach_whileAwayWithCallsThatNobodyWaitsFor_isDoneOnTheNextConnection() throws Exception {
    var call = session.call("echo");
    peer.nextCall();
    peer.cut();
    assertHeard("disconnected CONNECTION_LOST");
    assertTrue(call.cancel(true));
    var end = session.detachAsync();
    Peer next = server.accept();
    next.resume(0);
    assertEquals(new SessionEnd.Closed(CloseReason.DETACHED), get(end));
    next.next(MessageCase.ACKNOWLEDGE);
    next.expectNothing();
  }

  @Test
  void serverGoesAway_andFallsSilent_isALostConnection() throws Exception {
    open(OPTIONS.withTimeouts(TIMEOUTS.withSilence(Duration.ofMillis(100))));
    peer.send(Peer.goAway(0));
    var call = session.call("echo");
    Peer next = server.accept();
    next.resume(0);
    assertEquals(1, next.nextCall().getId());
    next.send(sequenced(1, Peer.result(1)));
    get(call);
  }

  @Test
  void close_ofAKeptSession_saysClose() throws Exception {
    var end = session.closeAsync();
    peer.next(MessageCase.CLOSE);
    peer.send(Peer.closed(dev.mooring.proto.v1.CloseReason.CLIENT_CLOSED));
    assertEquals(new SessionEnd.Closed(CloseReason.CLIENT_CLOSED), get(end));
  }

  @Test
  void close_whileAway_isSaidOnTheNextConnection() throws Exception {
    var call = session.call("echo");
    peer.nextCall();
    peer.cut();
    assertHeard("disconnected CONNECTION_LOST");
    var end = session.closeAsync();
    Peer next = server.accept();
    next.resume(0);
    next.nextCall();
    next.next(MessageCase.CLOSE);
    next.send(
        sequenced(1, Peer.result(1)), Peer.closed(dev.mooring.proto.v1.CloseReason.CLIENT_CLOSED));
    get(call);
    assertEquals(new SessionEnd.Closed(CloseReason.CLIENT_CLOSED), get(end));
  }

  @Test
  void close_lostOnTheWay_isSaidAgainAfterTheCallsBeforeIt() throws Exception {
    var call = session.call("echo");
    var end = session.closeAsync();
    peer.nextCall();
    peer.next(MessageCase.CLOSE);
    peer.cut();
    Peer next = server.accept();
    next.resume(0);
    next.nextCall();
    next.next(MessageCase.CLOSE);
    next.send(
        sequenced(1, Peer.result(1)), Peer.closed(dev.mooring.proto.v1.CloseReason.CLIENT_CLOSED));
    get(call);
    assertEquals(new SessionEnd.Closed(CloseReason.CLIENT_CLOSED), get(end));
  }

  @Test
  void close_towardsSilence_isSaidOnTheNextConnection() throws Exception {
    open(OPTIONS.withTimeouts(OpenOptions.Timeouts.DEFAULTS.withSilence(Duration.ofMillis(100))));
    var end = session.closeAsync();
    peer.next(MessageCase.CLOSE);
    Peer next = server.accept();
    next.resume(0);
    next.next(MessageCase.CLOSE);
    next.send(Peer.closed(dev.mooring.proto.v1.CloseReason.CLIENT_CLOSED));
    assertEquals(new SessionEnd.Closed(CloseReason.CLIENT_CLOSED), get(end));
  }

  @Test
  void close_heardButNotItsAnswer_isAnEndInGoodOrder() throws Exception {
    var end = session.closeAsync();
    peer.next(MessageCase.CLOSE);
    peer.cut();
    refuseNext(dev.mooring.proto.v1.ErrorCode.SESSION_NOT_FOUND);
    assertEquals(new SessionEnd.Closed(CloseReason.CLIENT_CLOSED), get(end));
  }

  @Test
  void close_whileAwayAndNobodyThere_isCutAfterTheTimeout() throws Exception {
    var call = session.call("echo");
    peer.nextCall();
    server.stopListening();
    peer.cut();
    session.close();
    assertTrue(session.ended().isDone());
    failure(ErrorCode.CONNECTION_LOST, call);
  }

  @Test
  void manyCalls_overManyConnections_areAnsweredOnceEach() throws Exception {
    var calls = new ArrayList<CompletableFuture<CallResult>>();
    for (int i = 1; i <= 100; i++) {
      calls.add(session.call("echo"));
    }
    long done = 0;
    while (done < 100) {
      for (long id = done + 1; id <= 100; id++) {
        assertEquals(id, peer.nextCall().getId());
      }
      // Seven happen, and the answers of three of them are lost.
      for (int i = 0; i < 4 && done < 100; i++) {
        done++;
        peer.send(sequenced(done, Peer.result(done)));
      }
      get(calls.get((int) done - 1));
      peer.cut();
      var again = new ArrayList<ServerMessage>();
      for (int i = 0; i < 3 && done < 100; i++) {
        done++;
        again.add(sequenced(done, Peer.result(done)));
      }
      peer = server.accept();
      peer.resume(done, again.toArray(ServerMessage[]::new));
    }
    for (var call : calls) {
      get(call);
    }
  }

  private void refuseNext(dev.mooring.proto.v1.ErrorCode code) throws InterruptedException {
    Peer next = server.accept();
    next.next(MessageCase.OPEN);
    next.send(refusal(code, false));
  }

  private static ServerMessage refusal(dev.mooring.proto.v1.ErrorCode code, boolean retryable) {
    return Peer.error(
        Error.newBuilder().setCode(code).setMessage("what is wrong").setRetryable(retryable));
  }

  private void assertHeard(String... expected) throws InterruptedException {
    for (String each : expected) {
      assertEquals(each, heard.poll(Peer.PATIENCE_SECONDS, TimeUnit.SECONDS), heard::toString);
    }
    assertEquals(List.of(), List.copyOf(heard));
  }
}
