package dev.mooring.conformance;

import static dev.mooring.conformance.Say.hex;

import com.google.protobuf.ByteString;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.CloseReason;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Limits;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.proto.v1.TrapKind;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** How a connection ends, what errors say, and what happens when much is sent at once. */
final class EndingChecks {
  private static final String ENDS = "How it ends";
  private static final String FLOW = "Flow control";
  private static final String ERRORS = "Errors";
  private static final String SECURITY = "Security";
  private static final int BEFORE_CLOSE = 50;

  /** The codes of the tables that have a yes. */
  private static final Set<ErrorCode> RETRYABLE =
      EnumSet.of(
          ErrorCode.FIRST_MESSAGE_TIMEOUT,
          ErrorCode.FRAME_TIMEOUT,
          ErrorCode.IDLE_TIMEOUT,
          ErrorCode.WRITE_STALLED,
          ErrorCode.RATE_EXCEEDED,
          ErrorCode.SESSION_EXPIRED,
          ErrorCode.STORE_FAILED,
          ErrorCode.SERVER_OVERLOADED,
          ErrorCode.SHUTTING_DOWN,
          ErrorCode.DEADLINE_EXCEEDED,
          ErrorCode.CANCELLED,
          ErrorCode.CALL_REFUSED);

  private EndingChecks() {}

  /** The codes that PROTOCOL.md calls retryable. */
  static Set<ErrorCode> retryable() {
    return RETRYABLE;
  }

  static List<Check> all() {
    return List.of(
        new Check(
            "E1",
            ENDS,
            "Close: what was sent before is answered, then comes Closed with CLIENT_CLOSED",
            EndingChecks::close),
        new Check(
            "E2",
            ENDS,
            "the end of the client's side means the same: every call is answered, then Closed",
            EndingChecks::halfClose),
        new Check("E3", ENDS, "what is sent behind a Close isn't read", EndingChecks::behindClose),
        new Check(
            "E4",
            ENDS,
            "a guest's last events come before the last message; a guest can't prevent the end",
            EndingChecks::lastEvents),
        new Check(
            "E5",
            ENDS,
            "what was sent before a problem is answered before the Error with id 0",
            EndingChecks::beforeProblem),
        new Check(
            "E6",
            ENDS,
            "the last message is Closed or an Error with id 0: one, once; then the side ends",
            EndingChecks::lastMessage),
        new Check(
            "W1",
            FLOW,
            "more calls than may wait are all answered, by a server that stops reading meanwhile",
            EndingChecks::moreThanMayWait),
        new Check(
            "W2",
            FLOW,
            "a client that reads late gets everything, in order",
            EndingChecks::readsLate),
        new Check(
            "R1", ERRORS, "retryable is as the tables say, code by code", EndingChecks::retryables),
        new Check(
            "R2",
            ERRORS,
            "1xx and 2xx have id 0 and end the connection; 3xx have the call's id and end nothing",
            EndingChecks::scopes),
        new Check(
            "R3",
            ERRORS,
            "every error has a message, and a trap only where a trap was the cause",
            EndingChecks::messages),
        new Check(
            "X1",
            SECURITY,
            "what one client sends ends only its own connection",
            EndingChecks::onlyItsOwn));
  }

  private static ClientMessage[] calls(Peer peer, int count) {
    var calls = new ClientMessage[count];
    for (int i = 0; i < count; i++) {
      calls[i] = Say.call(peer.nextId(), "add", Say.i64(1));
    }
    return calls;
  }

  private static void expectResults(Peer peer, int count) throws Finding {
    for (int i = 1; i <= count; i++) {
      peer.expectResult(i);
    }
  }

  private static void close(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      peer.send(calls(peer, BEFORE_CLOSE));
      peer.send(Say.close());
      expectResults(peer, BEFORE_CLOSE);
      peer.expectClosed(CloseReason.CLIENT_CLOSED);
    }
  }

  private static void halfClose(Target target) throws Finding, Skip {
    try (var peer = new Peer(target)) {
      if (!peer.canEndOutput()) {
        throw new Skip("TLS 1.2 can't end one direction alone");
      }
      peer.open();
      peer.send(calls(peer, BEFORE_CLOSE));
      peer.endOutput();
      expectResults(peer, BEFORE_CLOSE);
      peer.expectClosed(CloseReason.CLIENT_CLOSED);
    }
  }

  private static void behindClose(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      peer.sendBytes(
          Say.join(
              Say.frames(Say.call(1, "get"), Say.close(), Say.call(2, "get"), Say.ping(1)),
              hex(target.isFramed() ? "85 00" : "01 ff")));
      peer.expectResult(1);
      peer.expectClosed(CloseReason.CLIENT_CLOSED);
    }
  }

  private static void lastEvents(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open(Map.of("close", "event"));
      peer.send(Say.call(1, "get"), Say.close());
      peer.expectResult(1);
      peer.expectEvent(Say.utf8("close"));
      peer.expectClosed(CloseReason.CLIENT_CLOSED);
    }
    try (var peer = new Peer(target)) {
      peer.open(Map.of("close", "trap"));
      peer.send(Say.close());
      peer.expectClosed(CloseReason.CLIENT_CLOSED);
    }
  }

  private static void beforeProblem(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      byte[] good = Say.frames(calls(peer, BEFORE_CLOSE));
      peer.sendBytes(Say.join(good, hex("04 12 08 08 02")));
      expectResults(peer, BEFORE_CLOSE);
      peer.expectLastError(ErrorCode.MALFORMED_MESSAGE);
    }
  }

  private static void lastMessage(Target target) throws Finding {
    expectOneLast(target, Say.frames(Say.close()));
    expectOneLast(target, Say.frames(Say.close(), Say.close()));
    if (target.isFramed()) {
      expectOneLast(target, hex("85 00 85 00 00 00"));
    }
    expectOneLast(target, hex("02 16 00 02 16 00"));
  }

  private static void expectOneLast(Target target, byte[] ending) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      peer.sendBytes(Say.join(Say.frames(Say.call(1, "get")), ending));
      peer.expectResult(1);
      List<ServerMessage> rest = peer.receiveAll();
      Peer.require(rest.size() == 1, "expected one last message, got " + rest.size() + " messages");
      ServerMessage last = rest.getFirst();
      Peer.require(
          last.hasClosed() || (last.hasError() && last.getError().getId() == 0),
          "Closed, or an Error with id 0",
          last);
    }
  }

  private static void moreThanMayWait(Target target) throws Finding {
    int count = 2_000;
    try (var peer = new Peer(target)) {
      peer.open(peer.toOpen(Limits.newBuilder().setQueuedCalls(4).setQueuedBytes(1_000)));
      ClientMessage[] calls = calls(peer, count);
      var failure = new AtomicReference<@Nullable Finding>();
      Thread writer =
          Thread.startVirtualThread(
              () -> {
                try {
                  peer.send(calls);
                } catch (Finding e) {
                  failure.set(e);
                }
              });
      expectResults(peer, count);
      join(writer);
      Finding finding = failure.get();
      if (finding != null) {
        throw finding;
      }
    }
  }

  private static void readsLate(Target target) throws Finding {
    int count = 40;
    int bytes = 200_000;
    try (var peer = new Peer(target)) {
      peer.open();
      var calls = new ClientMessage[count];
      for (int i = 0; i < count; i++) {
        calls[i] = Say.call(peer.nextId(), "fill", Say.i32(bytes));
      }
      peer.send(calls);
      pause(300);
      for (int i = 1; i <= count; i++) {
        ByteString output = peer.expectResult(i).getOutput();
        Peer.require(output.size() == bytes, "an output of %d bytes".formatted(output.size()));
      }
    }
  }

  /** Provokes an error of each code that a client can provoke without waiting for it. */
  private static void provoke(Target target, Judge judge) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open(peer.toOpen(Limits.newBuilder().setOutputBytes(10)));
      judge(judge, peer, Say.call(peer.nextId(), "nothing"), ErrorCode.FUNCTION_NOT_FOUND);
      judge(judge, peer, Say.call(peer.nextId(), "add"), ErrorCode.INVALID_ARGUMENTS);
      judge(judge, peer, Say.call(peer.nextId(), "trap", Say.i32(1)), ErrorCode.GUEST_TRAP);
      ByteString no = Say.utf8("no");
      judge(judge, peer, Say.call(peer.nextId(), "fail", no), ErrorCode.GUEST_FAILED);
      judge(judge, peer, Say.call(peer.nextId(), "exit", Say.i32(1)), ErrorCode.GUEST_EXITED);
      var spin = Say.callOf(peer.nextId(), "spin").setTimeoutMs(30);
      judge(judge, peer, Say.call(spin), ErrorCode.DEADLINE_EXCEEDED);
      judge(judge, peer, Say.call(peer.nextId(), "fill", Say.i32(11)), ErrorCode.OUTPUT_TOO_LARGE);
    }
    try (var peer = new Peer(target)) {
      peer.open(peer.toOpen(Limits.newBuilder().setEventsPerCall(1)));
      var events = Say.call(peer.nextId(), "events", Say.i32(2));
      judge(judge, peer, events, ErrorCode.TOO_MANY_EVENTS);
      var calls = new ClientMessage[12];
      for (int i = 0; i < 10; i++) {
        calls[i] = Say.call(peer.nextId(), "work", Say.i32(10));
      }
      calls[10] = Say.call(12, "get");
      calls[11] = Say.cancel(12);
      peer.send(calls);
      for (int id = 2; id < 12; id++) {
        peer.expectResult(id);
      }
      judge.judge(peer.expectError(12, ErrorCode.CANCELLED));
    }
    if (target.isFramed()) {
      ending(target, judge, ErrorCode.MALFORMED_FRAME, hex("85 00"));
      ending(target, judge, ErrorCode.FRAME_TOO_LARGE, hex("ff ff ff ff 07"));
    }
    ending(target, judge, ErrorCode.MALFORMED_MESSAGE, hex("00"));
    ending(target, judge, ErrorCode.INVALID_CALL_ID, Say.frames(Say.call(0, "get")));
    try (var peer = new Peer(target)) {
      peer.open();
      peer.send(Peer.message(peer.toOpen()));
      judge.judge(peer.expectLastError(ErrorCode.ALREADY_OPEN));
    }
    try (var peer = new Peer(target)) {
      peer.send(Say.ping(1));
      judge.judge(peer.expectLastError(ErrorCode.NOT_OPEN));
    }
    try (var peer = new Peer(target)) {
      peer.send(Peer.message(peer.toOpen().setProtocolVersion(2)));
      judge.judge(peer.expectLastError(ErrorCode.UNSUPPORTED_VERSION));
    }
    try (var peer = new Peer(target)) {
      peer.send(Peer.message(peer.toOpen().setModule("no.such.module")));
      judge.judge(peer.expectLastError(ErrorCode.MODULE_NOT_FOUND));
    }
    try (var peer = new Peer(target)) {
      peer.send(Peer.message(peer.toOpen().putConfig("", "")));
      judge.judge(peer.expectLastError(ErrorCode.INVALID_CONFIG));
    }
    try (var peer = new Peer(target)) {
      peer.send(Peer.message(peer.toOpen().putConfig("no_such_key", "")));
      judge.judge(peer.expectLastError(ErrorCode.UNKNOWN_CONFIG_KEY));
    }
    try (var peer = new Peer(target)) {
      peer.send(Peer.message(peer.toOpen().putConfig("open", "trap")));
      judge.judge(peer.expectLastError(ErrorCode.GUEST_OPEN_FAILED));
    }
  }

  /** Looks at an error. */
  @FunctionalInterface
  private interface Judge {
    void judge(Error error) throws Finding;
  }

  private static void judge(Judge judge, Peer peer, ClientMessage call, ErrorCode code)
      throws Finding {
    peer.send(call);
    judge.judge(peer.expectError(call.getCall().getId(), code));
  }

  private static void ending(Target target, Judge judge, ErrorCode code, byte[] bytes)
      throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      peer.sendBytes(bytes);
      judge.judge(peer.expectLastError(code));
    }
  }

  private static void retryables(Target target) throws Finding {
    provoke(
        target,
        error ->
            Peer.require(
                error.getRetryable() == RETRYABLE.contains(error.getCode()),
                "retryable: " + RETRYABLE.contains(error.getCode()),
                error));
  }

  private static void scopes(Target target) throws Finding {
    // Ids, and that the connection ends or goes on, is what provoking them looks at itself.
    provoke(
        target,
        error ->
            Peer.require(
                (error.getCode().getNumber() / 100 == 3) == (error.getId() != 0),
                "id 0 for 1xx and 2xx, and the call's for 3xx",
                error));
  }

  private static void messages(Target target) throws Finding {
    provoke(
        target,
        error -> {
          boolean mayTrap =
              error.getCode() == ErrorCode.GUEST_TRAP
                  || error.getCode() == ErrorCode.GUEST_OPEN_FAILED;
          Peer.require(!error.getMessage().isBlank(), "a message", error);
          Peer.require(
              (error.getTrap() != TrapKind.TRAP_KIND_UNSPECIFIED) == mayTrap,
              mayTrap ? "a trap" : "no trap",
              error);
        });
  }

  private static void onlyItsOwn(Target target) throws Finding {
    try (var bystander = new Peer(target)) {
      bystander.open();
      long sum = 0;
      for (byte[] bad :
          List.of(
              hex(target.isFramed() ? "ff ff ff ff ff" : "01 ff"),
              hex("00"),
              hex("04 12 08 08 02"),
              Say.frames(Say.call(1, "trap", Say.i32(9)), Say.call(1, "get")),
              Say.frames(Say.call(Say.callOf(1, "spin").setTimeoutMs(30))))) {
        try (var peer = new Peer(target)) {
          peer.open();
          peer.sendBytes(bad);
          Peer.require(
              bystander.callI64("add", Say.i64(1)) == ++sum, "a bystander's state changed");
        }
      }
      Peer.require(bystander.callI64("get") == sum, "a bystander's state changed");
    }
  }

  private static void pause(long millis) throws Finding {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Finding("interrupted", e);
    }
  }

  private static void join(Thread thread) throws Finding {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Finding("interrupted", e);
    }
  }
}
