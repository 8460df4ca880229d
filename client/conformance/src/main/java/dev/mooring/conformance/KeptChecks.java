package dev.mooring.conformance;

import com.google.protobuf.ByteString;
import dev.mooring.proto.v1.Acknowledge;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.CloseReason;
import dev.mooring.proto.v1.Durability;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Keep;
import dev.mooring.proto.v1.Kept;
import dev.mooring.proto.v1.NamePolicy;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Opened;
import dev.mooring.proto.v1.Result;
import dev.mooring.proto.v1.Resume;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;

/** Sessions that outlive their connections. */
final class KeptChecks {
  private static final String KEPT = "Kept sessions";

  /** None of a check that failed is left for long. */
  private static final long TTL_MILLIS = 30_000;

  private static final int TOKEN_BYTES = 32;

  private KeptChecks() {}

  static List<Check> all() {
    return List.of(
        check(
            "K1",
            "Open with keep is answered with a token, ttl_ms, durability and bounds; sequences"
                + " begin at 1 and rise by one",
            KeptChecks::granted),
        check(
            "K2",
            "without keep there is no sequence, and the session ends with its connection",
            KeptChecks::notKept),
        check(
            "K3",
            "with the token another connection goes on: the state is there, committed_id tells"
                + " where",
            KeptChecks::byToken),
        check(
            "K4",
            "what wasn't received comes again, in order, before anything new; what was"
                + " acknowledged doesn't",
            KeptChecks::comesAgain),
        check(
            "K5",
            "calls that were read run though the connection is lost, once",
            KeptChecks::runsDetached),
        check(
            "K6",
            "a call at or below committed_id gets the answer that it had, or INVALID_CALL_ID",
            KeptChecks::sentAgain),
        check(
            "K7",
            "the newest connection wins; the old one is told SESSION_TAKEN, and so is a token from"
                + " before its name was used",
            KeptChecks::takenOver),
        check(
            "K8",
            "by name: MUST_EXIST, MUST_BE_NEW and MAY_EXIST do what they say; no answers come"
                + " again",
            KeptChecks::byName),
        check(
            "K9",
            "the end of input detaches: what was sent is answered, then Closed with DETACHED",
            KeptChecks::inputEnds),
        check(
            "K10",
            "Close ends it for good: its token and its name are SESSION_NOT_FOUND",
            KeptChecks::closed),
        check(
            "K11",
            "made-up tokens are SESSION_NOT_FOUND; wishes that can't be are INVALID_KEEP",
            KeptChecks::refused),
        check(
            "K12",
            "to acknowledge what wasn't sent is MALFORMED_MESSAGE, and the session stays",
            KeptChecks::acknowledgesTooMuch));
  }

  private static Check check(String id, String rule, Check.Body body) {
    return new Check(id, KEPT, rule, body);
  }

  private static Keep.Builder keep() {
    return Keep.newBuilder().setTtlMs(TTL_MILLIS);
  }

  /** Named as nobody else's is. */
  private static Keep.Builder keep(String name, NamePolicy policy) {
    return keep().setName(name).setNamePolicy(policy);
  }

  private static String newName() {
    var random = new byte[8];
    new SecureRandom().nextBytes(random);
    return "conformance-" + HexFormat.of().formatHex(random);
  }

  /** Opens a kept session; whatever this server can't keep is no fault of its. */
  private static Kept open(Peer peer, Keep.Builder keep) throws Finding {
    Opened opened = peer.open(peer.toOpen().setKeep(keep));
    Peer.require(opened.hasKept(), "kept", opened);
    return opened.getKept();
  }

  private static ClientMessage resumption(Target target, ByteString token, long received) {
    return Peer.message(
        Open.newBuilder()
            .setProtocolVersion(1)
            .setAuthToken(target.token())
            .setResume(Resume.newBuilder().setToken(token).setReceived(received)));
  }

  private static Kept resume(Peer peer, Target target, ByteString token, long received)
      throws Finding {
    peer.send(resumption(target, token, received));
    Opened opened = peer.expectOpened();
    Peer.require(opened.hasKept() && opened.getKept().getResumed(), "kept, and resumed", opened);
    return opened.getKept();
  }

  private static void refused(Target target, ErrorCode code, ClientMessage open) throws Finding {
    try (var peer = new Peer(target)) {
      peer.send(open);
      peer.expectLastError(code);
    }
  }

  private static ClientMessage acknowledge(long received) {
    return ClientMessage.newBuilder()
        .setAcknowledge(Acknowledge.newBuilder().setReceived(received))
        .build();
  }

  private static void expectSum(Peer peer, long id, long sum, long sequence) throws Finding {
    Result result = peer.expectResult(id);
    Peer.require(
        result.getValuesCount() == 1
            && result.getValues(0).getI64() == sum
            && result.getSequence() == sequence,
        "the sum " + sum + " as sequence " + sequence,
        result);
  }

  private static void granted(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      Kept kept = open(peer, keep());
      Peer.require(
          kept.getToken().size() == TOKEN_BYTES
              && kept.getTtlMs() > 0
              && kept.getTtlMs() <= TTL_MILLIS
              && kept.getDurability() == Durability.MEMORY
              && !kept.getResumed()
              && kept.getCommittedId() == 0
              && kept.getUnacknowledgedMessages() > 0
              && kept.getUnacknowledgedBytes() > 0,
          "a token, a time to live of at most what was asked for, MEMORY, bounds; nothing"
              + " committed",
          kept);
      peer.send(Say.call(1, "add", Say.i64(5)), Say.call(2, "nope"), Say.call(3, "get"));
      expectSum(peer, 1, 5, 1);
      var error = peer.expectError(2, ErrorCode.FUNCTION_NOT_FOUND);
      Peer.require(error.getSequence() == 2, "the sequence 2", error);
      expectSum(peer, 3, 5, 3);
      peer.send(Say.close());
      peer.expectClosed(CloseReason.CLIENT_CLOSED);
    }
  }

  private static void notKept(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      Opened opened = peer.open();
      Peer.require(!opened.hasKept(), "nothing about keeping", opened);
      Result result = peer.call("add", Say.i64(5));
      Peer.require(result.getSequence() == 0, "no sequence", result);
      peer.endOutput();
      peer.expectClosed(CloseReason.CLIENT_CLOSED);
    }
  }

  private static void byToken(Target target) throws Finding {
    ByteString token;
    try (var peer = new Peer(target)) {
      token = open(peer, keep()).getToken();
      peer.send(Say.call(1, "add", Say.i64(5)), Say.call(9, "add", Say.i64(6)));
      expectSum(peer, 1, 5, 1);
      expectSum(peer, 9, 11, 2);
    }
    try (var peer = new Peer(target)) {
      Kept kept = resume(peer, target, token, 2);
      Peer.require(kept.getCommittedId() == 9, "the committed_id 9", kept);
      peer.send(Say.call(10, "add", Say.i64(1)));
      expectSum(peer, 10, 12, 3);
      peer.send(Say.close());
      peer.expectClosed(CloseReason.CLIENT_CLOSED);
    }
  }

  private static void comesAgain(Target target) throws Finding {
    ByteString token;
    try (var peer = new Peer(target)) {
      token = open(peer, keep()).getToken();
      for (int id = 1; id <= 5; id++) {
        peer.send(Say.call(id, "add", Say.i64(1)));
        expectSum(peer, id, id, id);
      }
      peer.send(acknowledge(2), Say.ping(1));
      peer.expectPong(1);
    }
    try (var peer = new Peer(target)) {
      peer.send(resumption(target, token, 0), Say.call(6, "get"));
      peer.expectOpened();
      for (int id = 3; id <= 5; id++) {
        expectSum(peer, id, id, id);
      }
      expectSum(peer, 6, 5, 6);
    }
    try (var peer = new Peer(target)) {
      resume(peer, target, token, 5);
      expectSum(peer, 6, 5, 6);
      peer.send(Say.close());
      peer.expectClosed(CloseReason.CLIENT_CLOSED);
    }
  }

  private static void runsDetached(Target target) throws Finding {
    int calls = 20;
    ByteString token;
    try (var peer = new Peer(target)) {
      token = open(peer, keep()).getToken();
      for (int id = 1; id <= calls; id++) {
        peer.send(Say.call(id, "add", Say.i64(1)));
      }
      expectSum(peer, 1, 1, 1);
    }
    try (var peer = new Peer(target)) {
      long committed = resume(peer, target, token, 1).getCommittedId();
      for (long id = 2; id <= committed; id++) {
        expectSum(peer, id, id, id);
      }
      for (long id = committed + 1; id <= calls; id++) {
        peer.send(Say.call(id, "add", Say.i64(1)));
        expectSum(peer, id, id, id);
      }
      peer.send(Say.close());
      peer.expectClosed(CloseReason.CLIENT_CLOSED);
    }
  }

  private static void sentAgain(Target target) throws Finding {
    ByteString token;
    try (var peer = new Peer(target)) {
      token = open(peer, keep()).getToken();
      peer.send(Say.call(1, "add", Say.i64(5)), Say.call(2, "add", Say.i64(5)));
      expectSum(peer, 1, 5, 1);
      expectSum(peer, 2, 10, 2);
    }
    try (var peer = new Peer(target)) {
      resume(peer, target, token, 1);
      expectSum(peer, 2, 10, 2);
      peer.send(Say.call(2, "add", Say.i64(5)));
      expectSum(peer, 2, 10, 2);
      peer.send(Say.call(1, "add", Say.i64(5)));
      peer.expectLastError(ErrorCode.INVALID_CALL_ID);
    }
    try (var peer = new Peer(target)) {
      resume(peer, target, token, 2);
      peer.send(Say.call(3, "get"), Say.close());
      expectSum(peer, 3, 10, 3);
      peer.expectClosed(CloseReason.CLIENT_CLOSED);
    }
  }

  private static void takenOver(Target target) throws Finding {
    try (var old = new Peer(target);
        var fresh = new Peer(target)) {
      ByteString token = open(old, keep()).getToken();
      old.send(Say.call(1, "add", Say.i64(5)));
      expectSum(old, 1, 5, 1);
      resume(fresh, target, token, 1);
      old.expectLastError(ErrorCode.SESSION_TAKEN);
      fresh.send(Say.call(2, "add", Say.i64(1)), Say.close());
      expectSum(fresh, 2, 6, 2);
      fresh.expectClosed(CloseReason.CLIENT_CLOSED);
    }
    takenByName(target);
  }

  /** Of a program that was away meanwhile: an id that it used may be another's call. */
  private static void takenByName(Target target) throws Finding {
    Keep.Builder named = keep(newName(), NamePolicy.MAY_EXIST);
    ByteString token;
    try (var away = new Peer(target)) {
      token = open(away, named).getToken();
    }
    try (var fresh = new Peer(target)) {
      ByteString newer = open(fresh, named).getToken();
      refused(target, ErrorCode.SESSION_TAKEN, resumption(target, token, 0));
      fresh.send(Say.call(1, "add", Say.i64(1)));
      expectSum(fresh, 1, 1, 1);
      try (var again = new Peer(target)) {
        resume(again, target, newer, 1);
        again.send(Say.close());
        again.expectClosed(CloseReason.CLIENT_CLOSED);
      }
    }
  }

  private static void byName(Target target) throws Finding {
    String name = newName();
    ClientMessage mustExist = opening(target, keep(name, NamePolicy.MUST_EXIST));
    ClientMessage mustBeNew = opening(target, keep(name, NamePolicy.MUST_BE_NEW));
    refused(target, ErrorCode.SESSION_NOT_FOUND, mustExist);
    try (var peer = new Peer(target)) {
      peer.send(mustBeNew, Say.call(4, "add", Say.i64(5)));
      Kept kept = peer.expectOpened().getKept();
      Peer.require(!kept.getResumed() && kept.getName().equals(name), "a new session", kept);
      expectSum(peer, 4, 5, 1);
    }
    refused(target, ErrorCode.SESSION_EXISTS, mustBeNew);
    for (NamePolicy policy : List.of(NamePolicy.MUST_EXIST, NamePolicy.MAY_EXIST)) {
      try (var peer = new Peer(target)) {
        peer.send(opening(target, keep(name, policy)), Say.ping(1));
        Kept kept = peer.expectOpened().getKept();
        Peer.require(
            kept.getResumed() && kept.getCommittedId() == 4, "resumed at committed_id 4", kept);
        peer.expectPong(1);
      }
    }
    try (var peer = new Peer(target)) {
      peer.send(mustExist, Say.call(5, "get"), Say.close());
      peer.expectOpened();
      expectSum(peer, 5, 5, 2);
      peer.expectClosed(CloseReason.CLIENT_CLOSED);
    }
  }

  private static ClientMessage opening(Target target, Keep.Builder keep) {
    return Peer.message(
        Open.newBuilder()
            .setProtocolVersion(1)
            .setModule(target.module())
            .setAuthToken(target.token())
            .setKeep(keep));
  }

  private static void inputEnds(Target target) throws Finding, Skip {
    ByteString token;
    try (var peer = new Peer(target)) {
      token = open(peer, keep()).getToken();
      peer.send(Say.call(1, "add", Say.i64(5)));
      if (!peer.canEndOutput()) {
        throw new Skip("TLS 1.2 can't end one direction alone");
      }
      peer.endOutput();
      expectSum(peer, 1, 5, 1);
      peer.expectClosed(CloseReason.DETACHED);
    }
    try (var peer = new Peer(target)) {
      resume(peer, target, token, 1);
      peer.send(Say.close());
      peer.expectClosed(CloseReason.CLIENT_CLOSED);
    }
  }

  private static void closed(Target target) throws Finding {
    String name = newName();
    ByteString token;
    try (var peer = new Peer(target)) {
      token = open(peer, keep(name, NamePolicy.MUST_BE_NEW)).getToken();
      peer.send(Say.call(1, "add", Say.i64(5)), Say.close());
      expectSum(peer, 1, 5, 1);
      peer.expectClosed(CloseReason.CLIENT_CLOSED);
    }
    refused(target, ErrorCode.SESSION_NOT_FOUND, resumption(target, token, 0));
    refused(
        target, ErrorCode.SESSION_NOT_FOUND, opening(target, keep(name, NamePolicy.MUST_EXIST)));
  }

  private static void refused(Target target) throws Finding {
    var token = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(token);
    ByteString madeUp = ByteString.copyFrom(token);
    refused(target, ErrorCode.SESSION_NOT_FOUND, resumption(target, madeUp, 0));
    refused(target, ErrorCode.SESSION_NOT_FOUND, resumption(target, madeUp.substring(1), 0));
    refused(target, ErrorCode.INVALID_KEEP, resumption(target, ByteString.EMPTY, 0));
    refused(target, ErrorCode.INVALID_KEEP, opening(target, keep().setName("a b")));
    refused(target, ErrorCode.INVALID_KEEP, opening(target, keep().setName("a".repeat(129))));
    refused(target, ErrorCode.INVALID_KEEP, opening(target, keep().setDurabilityValue(3)));
    refused(
        target,
        ErrorCode.INVALID_KEEP,
        opening(target, keep().setNamePolicy(NamePolicy.MUST_EXIST)));
  }

  private static void acknowledgesTooMuch(Target target) throws Finding {
    ByteString token;
    try (var peer = new Peer(target)) {
      token = open(peer, keep()).getToken();
      peer.send(Say.call(1, "add", Say.i64(5)));
      expectSum(peer, 1, 5, 1);
      peer.send(acknowledge(2));
      peer.expectLastError(ErrorCode.MALFORMED_MESSAGE);
    }
    refused(target, ErrorCode.INVALID_KEEP, resumption(target, token, 2));
    try (var peer = new Peer(target)) {
      resume(peer, target, token, 1);
      peer.send(Say.call(2, "get"), Say.close());
      expectSum(peer, 2, 5, 2);
      peer.expectClosed(CloseReason.CLIENT_CLOSED);
    }
  }
}
