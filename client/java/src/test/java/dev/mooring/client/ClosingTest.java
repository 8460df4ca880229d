package dev.mooring.client;

import static dev.mooring.client.Futures.failure;
import static dev.mooring.client.Futures.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.v1.ClientMessage.MessageCase;
import dev.mooring.proto.v1.Error;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every end of a session: who asked for it, who is told, and that nobody waits for ever. */
@Timeout(60)
final class ClosingTest {
  private static final dev.mooring.proto.v1.CloseReason CLIENT_CLOSED =
      dev.mooring.proto.v1.CloseReason.CLIENT_CLOSED;

  private final FakeServer server = FakeServer.local();
  private final MooringClient client = server.client().build();
  private final List<String> heard = Collections.synchronizedList(new ArrayList<>());
  private MooringSession session;
  private Peer peer;

  @BeforeEach
  void open() throws Exception {
    var listener =
        new SessionListener() {
          @Override
          public void onGoAway(MooringSession session, GoAwayReason reason, String message) {
            heard.add(reason + " " + message);
          }

          @Override
          public void onClosed(MooringSession session, SessionEnd end) {
            heard.add(end.toString());
          }
        };
    var timeouts = OpenOptions.Timeouts.DEFAULTS.withClose(Duration.ofSeconds(1));
    var options = OpenOptions.module("m").withListener(listener).withTimeouts(timeouts);
    var opening = client.open(server.address(), options);
    peer = server.accept().open();
    session = get(opening);
  }

  @AfterEach
  void close() {
    peer.cut();
    client.close();
    server.close();
  }

  @Test
  void closeAsync_callsInFlight_areServedThenTheSessionEnds() throws Exception {
    var call = session.call("echo");
    var end = session.closeAsync();
    failure(ErrorCode.SESSION_CLOSED, session.call("echo"));
    assertFalse(session.isOpen());
    peer.nextCall();
    peer.next(MessageCase.CLOSE);
    assertFalse(end.isDone());
    peer.send(Peer.result(1), Peer.closed(CLIENT_CLOSED));
    get(call);
    assertEquals(new SessionEnd.Closed(CloseReason.CLIENT_CLOSED), get(end));
    peer.awaitInactive();
    assertEquals(List.of("Closed[reason=CLIENT_CLOSED]"), heard);
    failure(ErrorCode.SESSION_CLOSED, session.call("echo"));
    failure(ErrorCode.SESSION_CLOSED, session.ping());
  }

  @Test
  void close_again_changesNothing() throws Exception {
    peer.answering(_ -> peer.send(Peer.closed(CLIENT_CLOSED)));
    session.close();
    session.close();
    get(session.closeAsync());
    session.close();
    assertEquals(1, heard.size());
  }

  @Test
  void close_onTheEventLoop_doesNotWait() throws Exception {
    var closed = session.call("echo").thenRun(session::close);
    peer.nextCall();
    peer.send(Peer.result(1));
    get(closed);
    peer.next(MessageCase.CLOSE);
    peer.send(Peer.closed(CLIENT_CLOSED));
    get(session.ended());
  }

  @Test
  void close_serverSaysNoGoodbye_isCutAfterTheTimeout() throws Exception {
    var call = session.call("echo");
    session.close();
    failure(ErrorCode.CONNECTION_LOST, call);
    var end = assertInstanceOf(SessionEnd.Failed.class, get(session.ended()));
    assertEquals(ErrorCode.CONNECTION_LOST, end.error().code());
    peer.awaitInactive();
  }

  @Test
  void close_interrupted_cutsTheConnection() throws Exception {
    var interrupted = new CompletableFuture<Boolean>();
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  session.close();
                  interrupted.complete(Thread.currentThread().isInterrupted());
                });
    peer.next(MessageCase.CLOSE);
    thread.interrupt();
    assertTrue(get(interrupted));
    peer.awaitInactive();
    assertInstanceOf(SessionEnd.Failed.class, get(session.ended()));
  }

  @Test
  void ended_completedByTheCaller_isOnlyTheCallersCopy() throws Exception {
    session.ended().cancel(true);
    peer.answering(_ -> peer.send(Peer.closed(CLIENT_CLOSED)));
    assertInstanceOf(SessionEnd.Closed.class, get(session.closeAsync()));
  }

  @Test
  void connectionEnds_inTheMiddleOfCalls_allFail() throws Exception {
    var first = session.call("echo");
    var second = session.call("echo");
    var ping = session.ping();
    peer.nextCall();
    peer.send(Peer.result(1));
    get(first);
    peer.cut();
    assertFalse(failure(ErrorCode.CONNECTION_LOST, second).retryable());
    failure(ErrorCode.CONNECTION_LOST, ping);
    failure(ErrorCode.CONNECTION_LOST, session.call("echo"));
    assertInstanceOf(SessionEnd.Failed.class, get(session.ended()));
    assertEquals(1, heard.size());
  }

  /** A network that ends one direction: the server takes that for a goodbye of this side's. */
  @Test
  void goodbyeThatWasNotSaid_isALostConnection() throws Exception {
    var call = session.call("echo");
    peer.nextCall();
    peer.send(Peer.closed(CLIENT_CLOSED));
    failure(ErrorCode.CONNECTION_LOST, call);
    failure(ErrorCode.CONNECTION_LOST, session.call("echo"));
    assertInstanceOf(SessionEnd.Failed.class, get(session.ended()));
    peer.awaitInactive();
  }

  @Test
  void goodbyeThatWasNotSaid_withNothingDue_isALostConnection() throws Exception {
    peer.send(Peer.closed(CLIENT_CLOSED));
    var end = assertInstanceOf(SessionEnd.Failed.class, get(session.ended()));
    assertEquals(ErrorCode.CONNECTION_LOST, end.error().code());
  }

  @Test
  void goodbyeThatWasNotSaid_beforeOpened_isALostConnection() throws Exception {
    var opening = client.open(server.address(), OpenOptions.module("m"));
    Peer peer = server.accept();
    peer.next(MessageCase.OPEN);
    peer.send(Peer.closed(CLIENT_CLOSED));
    failure(ErrorCode.CONNECTION_LOST, opening);
    peer.awaitInactive();
  }

  @Test
  void goodbye_ofWhichTheServerHeardTheEndAlone_isALostConnection() throws Exception {
    var call = session.call("echo");
    var end = session.closeAsync();
    peer.nextCall();
    peer.next(MessageCase.CLOSE);
    peer.send(Peer.closed(CLIENT_CLOSED));
    failure(ErrorCode.CONNECTION_LOST, call);
    assertInstanceOf(SessionEnd.Failed.class, get(end));
  }

  @Test
  void serverEndsTheConnectionWithAnError_everybodyHearsWhy() throws Exception {
    var call = session.call("echo");
    peer.nextCall();
    peer.send(
        Peer.error(
            Error.newBuilder()
                .setCode(dev.mooring.proto.v1.ErrorCode.SESSION_LOST)
                .setTrap(dev.mooring.proto.v1.TrapKind.OUT_OF_MEMORY)
                .setMessage("the instance is lost")));
    MooringException failure = failure(ErrorCode.SESSION_LOST, call);
    assertEquals(TrapKind.OUT_OF_MEMORY, failure.trap());
    assertTrue(failure.fromServer());
    peer.awaitInactive();
    assertEquals(new SessionEnd.Failed(failure), get(session.ended()));
  }

  @Test
  void goAway_announced_takenCallsAreServedAndLaterOnesRefused() throws Exception {
    var first = session.call("echo");
    var second = session.call("echo");
    peer.nextCall();
    peer.nextCall();
    peer.send(Peer.goAway(1), Peer.result(1));
    get(first);
    assertFalse(session.isOpen());
    MooringException refused = failure(ErrorCode.CALL_REFUSED, session.call("echo"));
    assertTrue(refused.retryable());
    peer.send(
        Peer.error(2, dev.mooring.proto.v1.ErrorCode.CALL_REFUSED, "going away"),
        Peer.closed(dev.mooring.proto.v1.CloseReason.GONE_AWAY));
    failure(ErrorCode.CALL_REFUSED, second);
    assertEquals(new SessionEnd.Closed(CloseReason.GONE_AWAY), get(session.ended()));
    assertEquals(List.of("SERVER_SHUTDOWN restarting", "Closed[reason=GONE_AWAY]"), heard);
    failure(ErrorCode.CALL_REFUSED, session.call("echo"));
  }

  @Test
  void goAway_crossedByACall_theGoodbyeRefusesIt() throws Exception {
    var crossing = session.call("echo");
    peer.nextCall();
    peer.send(Peer.goAway(0), Peer.closed(dev.mooring.proto.v1.CloseReason.GONE_AWAY));
    assertTrue(failure(ErrorCode.CALL_REFUSED, crossing).retryable());
  }

  @Test
  void clientClose_severalSessions_closesAllAndTheThreadsEnd() throws Exception {
    try (var server = FakeServer.tcp(Peer::reply)) {
      var client = MooringClient.builder().eventLoops(2).build();
      var loops = new LinkedBlockingQueue<Thread>();
      var listener =
          new SessionListener() {
            @Override
            public void onClosed(MooringSession session, SessionEnd end) {
              loops.add(Thread.currentThread());
            }
          };
      var sessions = new ArrayList<MooringSession>();
      for (int i = 0; i < 5; i++) {
        var options = OpenOptions.module("m").withListener(listener);
        sessions.add(get(client.open(server.hostAndPort(), options)));
      }
      var unfinished = client.open(server.address(), OpenOptions.module("never"));
      client.close();
      for (MooringSession session : sessions) {
        assertTrue(session.ended().isDone());
        assertInstanceOf(SessionEnd.Closed.class, session.ended().join());
      }
      assertTrue(unfinished.isDone());
      assertEquals(5, loops.size());
      for (Thread loop : loops) {
        assertEnds(loop);
      }
      client.close();
    }
  }

  @Test
  void clientClose_onItsOwnEventLoop_onlyStartsIt() throws Exception {
    try (var server = FakeServer.tcp(_ -> {})) {
      var client = MooringClient.create();
      var opening = client.open(server.address(), OpenOptions.module("m"));
      Peer peer = server.accept().open();
      MooringSession session = get(opening);
      var closing =
          session
              .call("echo")
              .thenApply(
                  _ -> {
                    client.close();
                    return Thread.currentThread();
                  });
      peer.nextCall();
      peer.send(Peer.result(1));
      Thread loop = get(closing);
      peer.next(MessageCase.CLOSE);
      assertTrue(loop.isAlive());
      peer.send(Peer.closed(CLIENT_CLOSED));
      assertInstanceOf(SessionEnd.Closed.class, get(session.ended()));
      assertEnds(loop);
    }
  }

  @Test
  void silence_withAnswersDue_asksForALifeSignThenGivesUp() throws Exception {
    var timeouts = OpenOptions.Timeouts.DEFAULTS.withSilence(Duration.ofMillis(200));
    var opening = client.open(server.address(), OpenOptions.module("m").withTimeouts(timeouts));
    Peer peer = server.accept().open();
    MooringSession session = get(opening);
    var call = session.call("echo");
    peer.nextCall();
    peer.next(MessageCase.PING);
    failure(ErrorCode.CONNECTION_LOST, call);
    peer.awaitInactive();
  }

  private static void assertEnds(Thread thread) throws InterruptedException {
    assertTrue(thread.getName().startsWith("mooring-client-"), thread::getName);
    assertTrue(thread.isDaemon());
    thread.join(TimeUnit.SECONDS.toMillis(Peer.PATIENCE_SECONDS));
    assertFalse(thread.isAlive());
  }
}
