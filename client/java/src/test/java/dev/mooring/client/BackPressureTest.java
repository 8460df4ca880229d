package dev.mooring.client;

import static dev.mooring.client.Futures.failure;
import static dev.mooring.client.Futures.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who calls faster than the server answers waits, and nothing piles up. */
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // of calls that are only there to take room
final class BackPressureTest {
  private final FakeServer server = FakeServer.local();
  private final MooringClient client = server.client().build();
  private MooringSession session;
  private Peer peer;

  @BeforeEach
  void open() throws Exception {
    var opening =
        client.open(
            server.address(),
            OpenOptions.module("m").withInFlight(new OpenOptions.InFlight(2, 1_000)));
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
  void call_tooManyUnanswered_waitsForAnAnswer() throws Exception {
    var first = session.call("echo");
    session.call("echo");
    FutureTask<CompletableFuture<CallResult>> third = startAndAwaitParked();
    peer.nextCall();
    peer.nextCall();
    peer.expectNothing();
    peer.send(Peer.result(1));
    get(first);
    var call = third.get();
    assertEquals(3, peer.nextCall().getId());
    peer.send(Peer.result(2), Peer.result(3));
    get(call);
  }

  @Test
  void call_tooManyBytesUnanswered_waitsForAnAnswer() throws Exception {
    session.call("echo", new byte[1_000]);
    FutureTask<CompletableFuture<CallResult>> second = startAndAwaitParked(new byte[1]);
    peer.nextCall();
    peer.send(Peer.result(1));
    var call = second.get();
    peer.nextCall();
    peer.send(Peer.result(2));
    get(call);
  }

  @Test
  void tryCall_noRoom_isNull() throws Exception {
    assertNotNull(session.tryCall(CallRequest.of("echo")));
    assertNotNull(session.tryCall(CallRequest.of("echo")));
    assertNull(session.tryCall(CallRequest.of("echo")));
  }

  @Test
  void call_onTheEventLoopWithoutRoom_throwsRatherThanWait() throws Exception {
    var first = session.call("echo");
    session.call("echo");
    var chained =
        first.thenCompose(
            _ -> {
              // The answer's own room is free, and no more.
              var third = session.call("echo");
              session.call("echo");
              return third;
            });
    peer.nextCall();
    peer.nextCall();
    peer.send(Peer.result(1));
    var thrown = assertThrows(ExecutionException.class, () -> get(chained));
    assertInstanceOf(IllegalStateException.class, thrown.getCause());
  }

  @Test
  void call_fromTheResultOfACall_hasItsRoom() throws Exception {
    CompletableFuture<CallResult> chain = session.call("echo");
    for (int i = 0; i < 10; i++) {
      chain = chain.thenCompose(_ -> session.call("echo"));
    }
    for (int i = 1; i <= 11; i++) {
      peer.nextCall();
      peer.send(Peer.result(i));
    }
    get(chain);
  }

  @Test
  void interrupt_whileWaiting_theCallIsNotMade() throws Exception {
    session.call("echo");
    session.call("echo");
    var outcome = new CompletableFuture<CompletableFuture<CallResult>>();
    var interrupted = new CompletableFuture<Boolean>();
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  outcome.complete(session.call("echo"));
                  interrupted.complete(Thread.currentThread().isInterrupted());
                });
    awaitParked(thread);
    thread.interrupt();
    assertTrue(get(outcome).isCancelled());
    assertTrue(get(interrupted));
    peer.nextCall();
    peer.nextCall();
    peer.expectNothing();
  }

  @Test
  void close_whileSomebodyWaits_theCallIsRefused() throws Exception {
    session.call("echo");
    session.call("echo");
    FutureTask<CompletableFuture<CallResult>> third = startAndAwaitParked();
    session.closeAsync();
    failure(ErrorCode.SESSION_CLOSED, third.get());
  }

  @Test
  void connectionEnds_whileSomebodyWaits_theCallFails() throws Exception {
    session.call("echo");
    session.call("echo");
    FutureTask<CompletableFuture<CallResult>> third = startAndAwaitParked();
    peer.cut();
    failure(ErrorCode.CONNECTION_LOST, third.get());
  }

  @Test
  void timedOutCall_keepsItsRoomUntilItIsAnswered() throws Exception {
    var request = CallRequest.of("echo").withTimeout(Duration.ofMillis(1));
    var first = session.call(request);
    var second = session.call(request);
    failure(ErrorCode.DEADLINE_EXCEEDED, first);
    failure(ErrorCode.DEADLINE_EXCEEDED, second);
    assertNull(session.tryCall(request));
    peer.nextCall();
    peer.nextCall();
    peer.send(Peer.result(1));
    var third = session.call("echo");
    peer.nextCall();
    peer.send(Peer.result(2), Peer.result(3));
    get(third);
  }

  @Test
  void serverStopsReading_whatIsWrittenStaysBoundedAndGoesOnLater() throws Exception {
    try (var server = FakeServer.tcp(_ -> {});
        var client = MooringClient.create()) {
      var opening =
          client.open(
              server.address(),
              OpenOptions.module("m").withInFlight(new OpenOptions.InFlight(1_000, 64 << 20)));
      Peer peer = server.accept().open();
      MooringSession session = get(opening);
      peer.reading(false);
      // More than the sockets' buffers and the channel's take together.
      var calls = new ArrayList<CompletableFuture<CallResult>>();
      for (int i = 0; i < 64; i++) {
        calls.add(session.call("echo", new byte[512 << 10]));
      }
      peer.answering(
          message -> peer.send(Peer.output(message.getCall().getId(), ByteString.EMPTY)));
      assertFalse(calls.getLast().isDone());
      peer.reading(true);
      for (var call : calls) {
        get(call);
      }
      peer.cut();
    }
  }

  private FutureTask<CompletableFuture<CallResult>> startAndAwaitParked(byte... input)
      throws InterruptedException {
    var task = new FutureTask<>(() -> session.call("echo", input));
    awaitParked(Thread.ofPlatform().daemon().start(task));
    return task;
  }

  private static void awaitParked(Thread thread) throws InterruptedException {
    while (thread.getState() != Thread.State.WAITING) {
      assertTrue(thread.isAlive(), "it should wait");
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }
}
