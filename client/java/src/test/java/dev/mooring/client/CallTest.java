package dev.mooring.client;

import static dev.mooring.client.Futures.failure;
import static dev.mooring.client.Futures.get;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.Call.FunctionCase;
import dev.mooring.proto.v1.ClientMessage.MessageCase;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.Limits;
import dev.mooring.proto.v1.Opened;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls, their answers, and what comes in between. */
@Timeout(60)
final class CallTest {
  private final FakeServer server = FakeServer.local();
  private final MooringClient client = server.client().build();
  private final List<String> heard = Collections.synchronizedList(new ArrayList<>());
  private MooringSession session;
  private Peer peer;

  @BeforeEach
  void open() throws Exception {
    var opening =
        client.open(
            server.address(),
            OpenOptions.module("m")
                .onEvent(payload -> heard.add(new String(payload, StandardCharsets.UTF_8))));
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
  void call_ofATrace_saysSo_andOthersSayWhatTheSessionsDo() throws Exception {
    var said =
        new ArrayList<>(List.of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", ""));
    var opening =
        client.open(
            server.address(), OpenOptions.module("m").withTraceparent(() -> said.removeFirst()));
    Peer other = server.accept().open();
    MooringSession traced = get(opening);
    String own = "00-11111111111111111111111111111111-2222222222222222-00";
    var _ = traced.call(CallRequest.of("echo").withTraceparent(own));
    var _ = traced.call("echo");
    var _ = traced.call("echo");
    assertEquals(own, other.nextCall().getTraceparent());
    assertEquals(
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        other.nextCall().getTraceparent());
    assertEquals("", other.nextCall().getTraceparent());
    assertThrows(NoSuchElementException.class, () -> traced.call("echo"));
    other.cut();
  }

  @Test
  void call_typed_sendsIndexAndValuesAndBringsBackValues() throws Exception {
    var answer = session.call("add", Value.i64(-5), Value.i32(6), Value.f32(1.5f), Value.f64(2.5));
    Call call = peer.nextCall();
    assertEquals(1, call.getId());
    assertEquals(FunctionCase.INDEX, call.getFunctionCase());
    assertEquals(0, call.getIndex());
    assertEquals(
        List.of(
            Peer.i64(-5),
            dev.mooring.proto.v1.Value.newBuilder().setI32(6).build(),
            dev.mooring.proto.v1.Value.newBuilder().setF32(1.5f).build(),
            dev.mooring.proto.v1.Value.newBuilder().setF64(2.5).build()),
        call.getArgumentsList());
    assertTrue(call.getInput().isEmpty());
    assertEquals(0, call.getTimeoutMs());
    peer.send(
        Peer.result(
            1,
            Peer.i64(Long.MIN_VALUE),
            dev.mooring.proto.v1.Value.newBuilder().setI32(-1).build(),
            dev.mooring.proto.v1.Value.newBuilder().setF32(-0.0f).build(),
            dev.mooring.proto.v1.Value.newBuilder().setF64(Double.NaN).build()));
    assertEquals(
        List.of(Value.i64(Long.MIN_VALUE), Value.i32(-1), Value.f32(-0.0f), Value.f64(Double.NaN)),
        get(answer).values());
  }

  @Test
  void call_bytes_areCopiedAndBringBackBytes() throws Exception {
    byte[] input = {1, 2, 3};
    var answer = session.call("echo", input);
    input[0] = 99;
    Call call = peer.nextCall();
    assertEquals(1, call.getIndex());
    assertArrayEquals(new byte[] {1, 2, 3}, call.getInput().toByteArray());
    peer.send(Peer.output(1, ByteString.copyFromUtf8("grüß")));
    assertEquals("grüß", get(answer).outputText());
    assertEquals(List.of(), get(answer).values());
  }

  @Test
  void call_everything_isSent() throws Exception {
    var request =
        CallRequest.of("add")
            .withArguments(List.of(Value.i64(7)))
            .withInput(new byte[] {0, 1, 2, 3}, 1, 2)
            .withTimeout(Duration.ofNanos(1_500_001));
    var answer = session.call(request);
    Call call = peer.nextCall();
    assertEquals(List.of(Peer.i64(7)), call.getArgumentsList());
    assertArrayEquals(new byte[] {1, 2}, call.getInput().toByteArray());
    assertEquals(2, call.getTimeoutMs());
    peer.send(Peer.result(1));
    get(answer);
  }

  @Test
  void call_manyArguments_areAllSent() throws Exception {
    var arguments = new ArrayList<Value>();
    for (int i = 0; i < 100; i++) {
      arguments.add(Value.i64(i));
    }
    var answer = session.call(CallRequest.of("add").withArguments(arguments));
    Call call = peer.nextCall();
    assertEquals(100, call.getArgumentsCount());
    assertEquals(99, call.getArguments(99).getI64());
    peer.send(Peer.result(1));
    get(answer);
  }

  @Test
  void call_functionThatTheServerDidNotName_goesByNameForTheServerToJudge() throws Exception {
    var answer = session.call("nothing");
    Call call = peer.nextCall();
    assertEquals(FunctionCase.NAME, call.getFunctionCase());
    assertEquals("nothing", call.getName());
    peer.send(Peer.error(1, dev.mooring.proto.v1.ErrorCode.FUNCTION_NOT_FOUND, "no 'nothing'"));
    failure(ErrorCode.FUNCTION_NOT_FOUND, answer);
  }

  @Test
  void call_trapped_failsWithKindAndIdAndTheSessionGoesOn() throws Exception {
    var trapped = session.call("echo");
    var next = session.call("echo");
    peer.nextCall();
    peer.nextCall();
    peer.send(
        Peer.error(
            Error.newBuilder()
                .setId(1)
                .setCode(dev.mooring.proto.v1.ErrorCode.GUEST_TRAP)
                .setTrap(dev.mooring.proto.v1.TrapKind.UNREACHABLE)
                .setMessage("unreachable in echo")),
        Peer.result(2));
    MooringException failure = failure(ErrorCode.GUEST_TRAP, trapped);
    assertEquals(TrapKind.UNREACHABLE, failure.trap());
    assertEquals(1, failure.callId());
    assertTrue(failure.fromServer());
    assertFalse(failure.retryable());
    get(next);
    assertTrue(session.isOpen());
  }

  @Test
  void call_pipelined_answersCompleteInOrderOnTheEventLoop() throws Exception {
    var order = new ArrayList<String>();
    var threads = new ArrayList<Thread>();
    CompletableFuture<?> last = CompletableFuture.completedFuture(null);
    for (int i = 1; i <= 100; i++) {
      int number = i;
      last =
          session
              .call("add", Value.i64(i))
              .thenAccept(
                  result -> {
                    order.add(number + "=" + result.i64());
                    threads.add(Thread.currentThread());
                  });
    }
    for (int i = 1; i <= 100; i++) {
      Call call = peer.nextCall();
      assertEquals(i, call.getId());
      assertEquals(i, call.getArguments(0).getI64());
      peer.send(Peer.result(i, Peer.i64(10L * i)));
    }
    get(last);
    for (int i = 1; i <= 100; i++) {
      assertEquals(i + "=" + 10 * i, order.get(i - 1));
      assertEquals(threads.getFirst(), threads.get(i - 1));
    }
    assertNotEquals(Thread.currentThread(), threads.getFirst());
  }

  @Test
  void event_sentByACall_isHeardBeforeItsResult() throws Exception {
    var first = session.call("echo").thenRun(() -> heard.add("first result"));
    var second = session.call("echo").thenRun(() -> heard.add("second result"));
    peer.nextCall();
    peer.nextCall();
    peer.send(
        Peer.event("a"),
        Peer.event("b"),
        Peer.result(1),
        Peer.event("c"),
        Peer.result(2),
        Peer.event(""));
    peer.send(Peer.event("from a timer"));
    var ping = session.ping();
    peer.next(MessageCase.PING);
    peer.send(Peer.pong(1));
    get(ping);
    get(first);
    get(second);
    assertEquals(
        List.of("a", "b", "first result", "c", "second result", "", "from a timer"), heard);
  }

  @Test
  void cancel_unanswered_asksTheServerAndOrderHolds() throws Exception {
    var first = session.call("echo");
    var second = session.call("echo");
    peer.nextCall();
    peer.nextCall();
    assertTrue(first.cancel(false));
    assertEquals(1, peer.next(MessageCase.CANCEL).getCancel().getId());
    peer.send(Peer.error(1, dev.mooring.proto.v1.ErrorCode.CANCELLED, "cancelled"), Peer.result(2));
    get(second);
    assertThrows(CancellationException.class, first::join);
  }

  @Test
  void cancel_tooLate_theResultIsNobodysAndOrderHolds() throws Exception {
    var first = session.call("echo");
    peer.nextCall();
    assertTrue(first.cancel(false));
    var second = session.call("echo");
    peer.next(MessageCase.CANCEL);
    peer.nextCall();
    peer.send(Peer.result(1), Peer.result(2));
    get(second);
  }

  @Test
  void cancel_answered_sendsNothing() throws Exception {
    var answered = session.call("echo");
    peer.nextCall();
    peer.send(Peer.result(1));
    get(answered);
    assertFalse(answered.cancel(false));
    var ping = session.ping();
    peer.next(MessageCase.PING);
    peer.send(Peer.pong(1));
    get(ping);
    peer.expectNothing();
  }

  @Test
  void cancel_ofADependent_cancelsNoCall() throws Exception {
    var call = session.call("echo");
    peer.nextCall();
    assertTrue(call.thenApply(CallResult::output).cancel(false));
    peer.send(Peer.result(1));
    get(call);
    peer.expectNothing();
  }

  @Test
  void timeout_serverAnswersInTime_itsWordCounts() throws Exception {
    var call = session.call(CallRequest.of("echo").withTimeout(Duration.ofSeconds(30)));
    assertEquals(30_000, peer.nextCall().getTimeoutMs());
    peer.send(Peer.error(1, dev.mooring.proto.v1.ErrorCode.DEADLINE_EXCEEDED, "took 30 s"));
    assertTrue(failure(ErrorCode.DEADLINE_EXCEEDED, call).fromServer());
  }

  @Test
  void timeout_serverSaysNothing_failsHereAndTheLateAnswerIsIgnored() throws Exception {
    var call = session.call(CallRequest.of("echo").withTimeout(Duration.ofMillis(1)));
    peer.nextCall();
    MooringException failure = failure(ErrorCode.DEADLINE_EXCEEDED, call);
    assertFalse(failure.fromServer());
    assertFalse(failure.retryable());
    assertEquals(1, failure.callId());
    var next = session.call("echo");
    peer.nextCall();
    peer.send(Peer.result(1), Peer.result(2));
    get(next);
  }

  @Test
  void call_largerThanTheServerReads_failsHereAndTheSessionGoesOn() throws Exception {
    var opening = client.open(server.address(), OpenOptions.module("m"));
    Peer small = server.accept();
    small.next(MessageCase.OPEN);
    small.send(Peer.opened(Opened.newBuilder().setLimits(Limits.newBuilder().setFrameBytes(100))));
    MooringSession session = get(opening);
    assertFalse(failure(ErrorCode.FRAME_TOO_LARGE, session.call("f", new byte[101])).fromServer());
    failure(ErrorCode.FRAME_TOO_LARGE, session.call("f", new byte[95]));
    var fits = session.call("f", new byte[90]);
    Call call = small.nextCall();
    assertEquals(1, call.getId());
    assertEquals(90, call.getInput().size());
    small.send(Peer.result(1));
    get(fits);
    small.cut();
  }

  @Test
  void ping_answered_tellsHowLongItTook() throws Exception {
    var first = session.ping();
    var second = session.ping();
    assertEquals(1, peer.next(MessageCase.PING).getPing().getToken());
    assertEquals(2, peer.next(MessageCase.PING).getPing().getToken());
    peer.send(Peer.pong(1), Peer.pong(2));
    assertFalse(get(first).isNegative());
    assertFalse(get(second).isNegative());
  }

  @Test
  void ping_tooManyUnanswered_isRefusedUntilSomeAre() throws Exception {
    CompletableFuture<Duration> last = session.ping();
    for (int i = 1; i < Session.MAX_PINGS; i++) {
      last = session.ping();
    }
    assertThrows(IllegalStateException.class, session::ping);
    for (int i = 1; i <= Session.MAX_PINGS; i++) {
      peer.next(MessageCase.PING);
      peer.send(Peer.pong(i));
    }
    get(last);
    assertFalse(session.ping().isDone());
  }

  @Test
  void listener_throws_isLoggedAndTheSessionGoesOn() throws Exception {
    var listener =
        new SessionListener() {
          @Override
          public void onEvent(MooringSession session, byte[] payload) {
            throw new IllegalStateException("thrown by the test's listener");
          }

          @Override
          public void onClosed(MooringSession session, SessionEnd end) {
            throw new AssertionError("thrown by the test's listener");
          }
        };
    var opening = client.open(server.address(), OpenOptions.module("m").withListener(listener));
    Peer peer = server.accept().open();
    MooringSession session = get(opening);
    var call = session.call("echo");
    peer.nextCall();
    peer.send(Peer.event("boo"), Peer.result(1));
    get(call);
    peer.cut();
    get(session.ended());
  }
}
