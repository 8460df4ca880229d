package dev.mooring.conformance;

import com.google.protobuf.ByteString;
import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Result;
import dev.mooring.proto.v1.ServerMessage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Events, and the two messages that go past the queue: Cancel and Ping. */
final class EventChecks {
  private static final String EVENTS = "Events";
  private static final String CANCEL_PING = "Cancel, Ping";
  private static final int QUEUED = 10;
  private static final int WORK_MILLIS = 20;

  private EventChecks() {}

  static List<Check> all() {
    return List.of(
        new Check(
            "V1",
            EVENTS,
            "a call's events come right before its Result, in the order of sending",
            EventChecks::beforeResult),
        new Check("V2", EVENTS, "an event may be empty, and may be large", EventChecks::sizes),
        new Check("V3", EVENTS, "the events of a failed call don't come", EventChecks::failed),
        new Check(
            "V4", EVENTS, "a timer's events come while no call is waiting", EventChecks::timer),
        new Check(
            "P1",
            CANCEL_PING,
            "a Ping is answered by a Pong of the same token, in order",
            EventChecks::pings),
        new Check(
            "P2",
            CANCEL_PING,
            "a Ping is answered as soon as it is read, before calls that wait",
            EventChecks::pingFirst),
        new Check(
            "P3",
            CANCEL_PING,
            "a call that waits is cancelled: CANCELLED, in its place, and it doesn't run",
            EventChecks::cancel),
        new Check(
            "P4",
            CANCEL_PING,
            "a Cancel of a call that was answered, or never sent, has no answer and no effect",
            EventChecks::cancelNothing));
  }

  private static void beforeResult(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      peer.send(
          Say.call(peer.nextId(), "events", Say.i32(5)),
          Say.call(peer.nextId(), "get"),
          Say.call(peer.nextId(), "events", Say.i32(2)));
      expectEvents(peer, 5);
      Result result = peer.expectResult(1);
      Peer.require(result.getOutput().equals(Say.utf8("sent")), "the output \"sent\"", result);
      peer.expectResult(2);
      expectEvents(peer, 2);
      peer.expectResult(3);
      peer.call("get");
    }
  }

  private static void expectEvents(Peer peer, int count) throws Finding {
    for (int i = 1; i <= count; i++) {
      peer.expectEvent(Say.utf8(String.valueOf(i)));
    }
  }

  private static void sizes(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      for (int size : new int[] {0, 1, 127, 128, 65_536, 500_000}) {
        long id = peer.nextId();
        peer.send(Say.call(id, "event", Say.i32(size)));
        byte[] expected = new byte[size];
        Arrays.fill(expected, (byte) 'e');
        peer.expectEvent(ByteString.copyFrom(expected));
        peer.expectResult(id);
      }
    }
  }

  private static void failed(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      for (Call.Builder call : CallChecks.failing()) {
        peer.send(Say.call(call.setId(peer.nextId())));
        ServerMessage answer = peer.receive("an Error");
        Peer.require(answer.hasError(), "an Error, and no event of " + call.getName(), answer);
      }
      peer.call("get");
    }
  }

  private static void timer(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      peer.call("timer", Say.i32(10));
      peer.expectEvent(Say.utf8("timer"));
      peer.call("get");
    }
  }

  private static void pings(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      long[] tokens = {0, 1, 0xCAFE, 1L << 53, Long.MAX_VALUE, -1, 0};
      var pings = new ClientMessage[tokens.length];
      for (int i = 0; i < tokens.length; i++) {
        pings[i] = Say.ping(tokens[i]);
      }
      peer.send(pings);
      for (long token : tokens) {
        peer.expectPong(token);
      }
    }
  }

  /** Calls that keep the server busy, and behind them what `last` says, in one piece. */
  private static void sendBehindWork(Peer peer, ClientMessage... last) throws Finding {
    var messages = new ArrayList<ClientMessage>();
    for (int i = 0; i < QUEUED; i++) {
      messages.add(Say.call(peer.nextId(), "work", Say.i32(WORK_MILLIS)));
    }
    messages.addAll(List.of(last));
    peer.send(messages.toArray(ClientMessage[]::new));
  }

  private static void pingFirst(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      sendBehindWork(peer, Say.ping(9));
      for (int answered = 0; answered < QUEUED; answered++) {
        var message = peer.receive("a Pong, or a Result");
        if (message.hasPong()) {
          return;
        }
        Peer.require(message.hasResult(), "a Pong, or a Result", message);
      }
      throw new Finding("the Pong came after the answers of all calls that waited");
    }
  }

  private static void cancel(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      long cancelled = QUEUED + 1;
      sendBehindWork(
          peer,
          Say.call(cancelled, "add", Say.i64(1)),
          Say.call(cancelled + 1, "get"),
          Say.cancel(cancelled));
      for (int id = 1; id <= QUEUED; id++) {
        peer.expectResult(id);
      }
      peer.expectError(cancelled, ErrorCode.CANCELLED);
      Result result = peer.expectResult(cancelled + 1);
      Peer.require(result.getValues(0).getI64() == 0, "a sum of 0: the call didn't run", result);
    }
  }

  private static void cancelNothing(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      peer.call("add", Say.i64(1));
      peer.send(Say.cancel(1), Say.cancel(2), Say.cancel(0), Say.cancel(-1), Say.ping(1));
      peer.expectPong(1);
      // Call 2 was cancelled before it was sent: that says nothing about it.
      Peer.require(peer.callI64("get") == 1, "a Cancel undid a call");
    }
  }
}
