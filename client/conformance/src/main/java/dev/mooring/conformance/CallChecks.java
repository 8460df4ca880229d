package dev.mooring.conformance;

import com.google.protobuf.ByteString;
import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Limits;
import dev.mooring.proto.v1.Result;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.proto.v1.TrapKind;
import dev.mooring.proto.v1.Value;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Calls: their order, what they get and give, and what a failed one leaves behind: nothing. */
final class CallChecks {
  private static final String CALLS = "Calls";
  private static final String TRAPS = "Traps";
  private static final String LIMITS = "Limits";
  private static final int PIPELINED = 400;

  private CallChecks() {}

  static List<Check> all() {
    return List.of(
        new Check(
            "C1",
            CALLS,
            "calls are answered in the order in which they were sent, failed ones included",
            CallChecks::order),
        new Check("C2", CALLS, "ids may have gaps, and go up to 2^64 - 1", CallChecks::gaps),
        new Check(
            "C3",
            CALLS,
            "an id that is 0, or not above that of the call before, is INVALID_CALL_ID",
            CallChecks::invalidIds),
        new Check(
            "C4",
            CALLS,
            "an unknown name, an index past the end, or neither is FUNCTION_NOT_FOUND",
            CallChecks::functionNotFound),
        new Check(
            "C5",
            CALLS,
            "arguments of another number or type are INVALID_ARGUMENTS",
            CallChecks::invalidArguments),
        new Check(
            "C6", CALLS, "typed values arrive and return with all of their bits", CallChecks::bits),
        new Check(
            "C7",
            CALLS,
            "input arrives and output returns byte for byte; input that nobody reads is no error",
            CallChecks::bytes),
        new Check(
            "C8",
            CALLS,
            "a failed call leaves nothing behind: the state is as before, and the session goes on",
            CallChecks::rollback),
        new Check(
            "C9",
            CALLS,
            "every session has an instance of its own, which begins anew",
            CallChecks::ownInstance),
        new Check(
            "C10",
            CALLS,
            "GUEST_FAILED has the guest's own message; a guest that exits is GUEST_EXITED, but with 0 it returns",
            CallChecks::guestsWord),
        new Check(
            "C11",
            CALLS,
            "a call that runs longer than limits.call_timeout_ms is DEADLINE_EXCEEDED",
            CallChecks::deadline),
        new Check(
            "C12",
            CALLS,
            "timeout_ms bounds waiting and running; the answer comes in its place",
            CallChecks::timeout),
        new Check("T1", TRAPS, "a trap is GUEST_TRAP, and tells its kind", CallChecks::traps),
        new Check(
            "L1",
            LIMITS,
            "output of limits.output_bytes is sent; one byte more is OUTPUT_TOO_LARGE",
            CallChecks::output),
        new Check(
            "L2",
            LIMITS,
            "a call's events may hold limits.output_bytes together; more is OUTPUT_TOO_LARGE",
            CallChecks::eventBytes),
        new Check(
            "L3",
            LIMITS,
            "limits.events_per_call events are sent; one more is TOO_MANY_EVENTS",
            CallChecks::eventCount));
  }

  private static void order(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      var calls = new ClientMessage[PIPELINED];
      for (int i = 0; i < PIPELINED; i++) {
        long id = peer.nextId();
        calls[i] =
            switch (i % 5) {
              case 1 -> Say.call(id, "no_such_function");
              case 2 -> Say.call(id, "fail");
              case 3 -> Say.call(id, "add");
              default -> Say.call(id, "add", Say.i64(1));
            };
      }
      peer.send(calls);
      long sum = 0;
      for (int i = 0; i < PIPELINED; i++) {
        switch (i % 5) {
          case 1 -> peer.expectError(i + 1, ErrorCode.FUNCTION_NOT_FOUND);
          case 2 -> peer.expectError(i + 1, ErrorCode.GUEST_FAILED);
          case 3 -> peer.expectError(i + 1, ErrorCode.INVALID_ARGUMENTS);
          default -> {
            sum++;
            Result result = peer.expectResult(i + 1);
            Peer.require(
                result.getValues(0).getI64() == sum, "the sum " + sum + ", in order", result);
          }
        }
      }
    }
  }

  private static void gaps(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      long[] ids = {7, 8, 1L << 31, 1L << 53, Long.MAX_VALUE, Long.MIN_VALUE, -2, -1};
      for (long id : ids) {
        peer.send(Say.call(id, "get"));
        peer.expectResult(id);
      }
    }
  }

  private static void invalidIds(Target target) throws Finding {
    for (long[] ids : new long[][] {{0}, {5, 5}, {5, 4}, {-1, 1}, {Long.MIN_VALUE, 1}}) {
      try (var peer = new Peer(target)) {
        peer.open();
        for (long id : ids) {
          peer.send(Say.call(id, "get"));
        }
        if (ids.length > 1) {
          peer.expectResult(ids[0]);
        }
        peer.expectLastError(ErrorCode.INVALID_CALL_ID);
      }
    }
  }

  private static void functionNotFound(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      int exports = peer.open().getExportsCount();
      for (Call.Builder call :
          List.of(
              Call.newBuilder().setName("no_such_function"),
              Call.newBuilder().setName(""),
              Call.newBuilder().setName("mooring_open"),
              Call.newBuilder().setName("memory"),
              Call.newBuilder().setIndex(exports),
              Call.newBuilder().setIndex(-1),
              Call.newBuilder())) {
        long id = peer.nextId();
        peer.send(Say.call(call.setId(id)));
        peer.expectError(id, ErrorCode.FUNCTION_NOT_FOUND);
      }
      peer.call("get");
    }
  }

  private static void invalidArguments(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      Value none = Value.getDefaultInstance();
      for (Value[] arguments :
          new Value[][] {
            {}, {Say.i64(1), Say.i64(2)}, {Say.i32(1)}, {Say.f64(1)}, {none},
          }) {
        long id = peer.nextId();
        peer.send(Say.call(id, "add", arguments));
        peer.expectError(id, ErrorCode.INVALID_ARGUMENTS);
      }
      long id = peer.nextId();
      peer.send(Say.call(id, "get", Say.i64(1)));
      peer.expectError(id, ErrorCode.INVALID_ARGUMENTS);
      Peer.require(peer.callI64("get") == 0, "a refused call changed the state");
    }
  }

  private static void bits(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      for (int value : new int[] {0, 1, -1, 5, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
        expectSame(peer, "i32", Say.i32(value));
      }
      for (long value : new long[] {0, -1, 1L << 40, Long.MIN_VALUE, Long.MAX_VALUE}) {
        expectSame(peer, "i64", Say.i64(value));
      }
      // Zeroes, infinities, the least, and NaNs with something in them.
      for (int bits :
          new int[] {0, 0x8000_0000, 0x3fc0_0000, 0x7f80_0000, 0xff80_0000, 1, 0x7fc0_1234}) {
        expectSame(peer, "f32", Say.f32(Float.intBitsToFloat(bits)));
      }
      for (long bits :
          new long[] {
            0, 1L << 63, 0x4009_21fb_5444_2d18L, 0x7ff0L << 48, 1, 0xfff8_0000_dead_beefL
          }) {
        expectSame(peer, "f64", Say.f64(Double.longBitsToDouble(bits)));
      }
      Value mixed =
          peer.call("mix", Say.i32(1), Say.i64(2), Say.f32(3.5f), Say.f64(4.25)).getValues(0);
      Peer.require(mixed.hasF64() && mixed.getF64() == 10.75, "the f64 10.75", mixed);
    }
  }

  private static void expectSame(Peer peer, String function, Value value) throws Finding {
    Result result = peer.call(function, value);
    Peer.require(result.getValuesCount() == 1, "one value", result);
    // As bytes: one NaN looks like another, and isn't equal to itself.
    ByteString given = value.toByteString();
    ByteString returned = result.getValues(0).toByteString();
    Peer.require(
        returned.equals(given),
        "%s was given %s, and returned %s".formatted(function, hex(given), hex(returned)));
  }

  private static String hex(ByteString bytes) {
    return HexFormat.ofDelimiter(" ").formatHex(bytes.toByteArray());
  }

  private static void bytes(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      for (int size : new int[] {0, 1, 127, 128, 2_048, 2_049, 65_536, 1_000_000}) {
        byte[] input = new byte[size];
        for (int i = 0; i < size; i++) {
          input[i] = (byte) (i * 31 + i / 256);
        }
        ByteString sent = ByteString.copyFrom(input);
        Result result = peer.call("echo", sent);
        Peer.require(
            result.getOutput().equals(sent),
            "echo of %d bytes gave other bytes: %d of them"
                .formatted(size, result.getOutput().size()));
        Peer.require(result.getValuesCount() == 0, "no values", result);
      }
      peer.call("get", Say.utf8("nobody reads this"));
      // Typed arguments beside bytes.
      peer.call("fill", Say.utf8("nor this"), Say.i32(3));
    }
  }

  private static void rollback(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      peer.call("add", Say.i64(41));
      for (Call.Builder call : failing()) {
        long id = peer.nextId();
        peer.send(Say.call(call.setId(id)));
        // Whether its event comes is another rule's.
        ServerMessage answer = receiveAnswer(peer, "an Error of " + call.getName());
        Peer.require(
            answer.hasError() && answer.getError().getId() == id,
            "an Error of " + call.getName(),
            answer);
        peer.send(Say.call(peer.nextId(), "get"));
        Result result = receiveAnswer(peer, "the Result of get").getResult();
        Peer.require(
            result.getValuesCount() == 1 && result.getValues(0).getI64() == 41,
            "a sum of 41, as before the failed " + call.getName(),
            result);
      }
      Peer.require(peer.callI64("add", Say.i64(1)) == 42, "the session doesn't go on as before");
    }
  }

  private static ServerMessage receiveAnswer(Peer peer, String expected) throws Finding {
    ServerMessage message = peer.receive(expected);
    while (message.hasEvent()) {
      message = peer.receive(expected);
    }
    return message;
  }

  /** One call of each kind that changes something and then fails; they have no ids yet. */
  static List<Call.Builder> failing() {
    return List.of(
        Say.callOf(0, "fail").setInput(Say.utf8("no")),
        Say.callOf(0, "exit", Say.i32(1)),
        Say.callOf(0, "spin").setTimeoutMs(30),
        Say.callOf(0, "trap", Say.i32(2)),
        Say.callOf(0, "events", Say.i32(100_000)));
  }

  private static void ownInstance(Target target) throws Finding {
    try (var one = new Peer(target);
        var other = new Peer(target)) {
      one.open();
      other.open();
      one.call("add", Say.i64(5));
      Peer.require(other.callI64("get") == 0, "one session's call changed another's state");
      other.call("add", Say.i64(7));
      Peer.require(one.callI64("get") == 5, "one session's call changed another's state");
    }
    try (var peer = new Peer(target)) {
      peer.open();
      Peer.require(peer.callI64("get") == 0, "a new session begins with an old one's state");
    }
  }

  private static void guestsWord(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      peer.send(Say.call(peer.nextId(), "fail", Say.utf8("größer geht's nicht")));
      Error failed = peer.expectError(1, ErrorCode.GUEST_FAILED);
      Peer.require(
          failed.getMessage().equals("größer geht's nicht"), "the guest's message", failed);
      peer.send(Say.call(peer.nextId(), "exit", Say.i32(3)));
      peer.expectError(2, ErrorCode.GUEST_EXITED);
      peer.send(Say.call(peer.nextId(), "exit", Say.i32(0)));
      peer.expectEvent(Say.utf8("undone"));
      peer.expectResult(3);
      Peer.require(peer.callI64("get") == 1, "a call that ended with proc_exit(0) left nothing");
    }
  }

  private static void deadline(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open(peer.toOpen(Limits.newBuilder().setCallTimeoutMs(50)));
      peer.send(Say.call(peer.nextId(), "spin"), Say.call(peer.nextId(), "get"));
      peer.expectError(1, ErrorCode.DEADLINE_EXCEEDED);
      peer.expectResult(2);
    }
  }

  private static void timeout(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      var calls = new ArrayList<ClientMessage>();
      for (int i = 0; i < 8; i++) {
        calls.add(Say.call(peer.nextId(), "work", Say.i32(20)));
      }
      calls.add(Say.call(Say.callOf(peer.nextId(), "add", Say.i64(1)).setTimeoutMs(30)));
      calls.add(Say.call(peer.nextId(), "get"));
      peer.send(calls.toArray(ClientMessage[]::new));
      for (int i = 1; i <= 8; i++) {
        peer.expectResult(i);
      }
      peer.expectError(9, ErrorCode.DEADLINE_EXCEEDED);
      Result result = peer.expectResult(10);
      Peer.require(result.getValues(0).getI64() == 0, "a sum of 0: the call didn't run", result);
      peer.send(Say.call(Say.callOf(peer.nextId(), "spin").setTimeoutMs(10)));
      peer.expectError(11, ErrorCode.DEADLINE_EXCEEDED);
    }
  }

  private static void traps(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      for (TrapKind kind : TrapKind.values()) {
        if (kind == TrapKind.UNRECOGNIZED
            || kind == TrapKind.TRAP_KIND_UNSPECIFIED
            || kind == TrapKind.OUT_OF_MEMORY) {
          continue;
        }
        long id = peer.nextId();
        peer.send(Say.call(id, "trap", Say.i32(kind.getNumber())));
        Error error = peer.expectError(id, ErrorCode.GUEST_TRAP);
        Peer.require(error.getTrap() == kind, "the trap " + kind, error);
      }
      peer.send(Say.call(peer.nextId(), "fail"));
      Error failed = peer.expectError(10, ErrorCode.GUEST_FAILED);
      Peer.require(failed.getTrap() == TrapKind.TRAP_KIND_UNSPECIFIED, "no trap", failed);
    }
  }

  private static void output(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open(peer.toOpen(Limits.newBuilder().setOutputBytes(1_000)));
      Result result = peer.call("fill", Say.i32(1_000));
      Peer.require(result.getOutput().size() == 1_000, "1,000 bytes of output", result);
      peer.send(Say.call(peer.nextId(), "fill", Say.i32(1_001)));
      peer.expectError(2, ErrorCode.OUTPUT_TOO_LARGE);
    }
  }

  private static void eventBytes(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open(peer.toOpen(Limits.newBuilder().setOutputBytes(1_000)));
      peer.send(Say.call(peer.nextId(), "event", Say.i32(1_000)));
      peer.expectEvent(Say.utf8("e".repeat(1_000)));
      peer.expectResult(1);
      peer.send(Say.call(peer.nextId(), "event", Say.i32(1_001)));
      peer.expectError(2, ErrorCode.OUTPUT_TOO_LARGE);
    }
  }

  private static void eventCount(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open(peer.toOpen(Limits.newBuilder().setEventsPerCall(3)));
      peer.send(Say.call(peer.nextId(), "events", Say.i32(3)));
      for (int i = 1; i <= 3; i++) {
        peer.expectEvent(Say.utf8(String.valueOf(i)));
      }
      peer.expectResult(1);
      peer.send(Say.call(peer.nextId(), "events", Say.i32(4)));
      peer.expectError(2, ErrorCode.TOO_MANY_EVENTS);
    }
  }
}
