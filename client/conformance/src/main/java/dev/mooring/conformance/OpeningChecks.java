package dev.mooring.conformance;

import com.google.protobuf.ByteString;
import dev.mooring.proto.v1.CloseReason;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Export;
import dev.mooring.proto.v1.Limits;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Opened;
import dev.mooring.proto.v1.TrapKind;
import dev.mooring.proto.v1.Value;
import dev.mooring.proto.v1.ValueType;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Opening a session, and what may come before it. */
final class OpeningChecks {
  private static final String OPENING = "Opening";
  private static final String LIFE = "The life of a connection";
  private static final String NOBODY = "no.such.module";
  private static final int WASM_PAGE_BYTES = 65_536;

  private OpeningChecks() {}

  static List<Check> all() {
    return List.of(
        new Check(
            "O1",
            OPENING,
            "Opened names the session, the module's digest, its functions, all limits, the server",
            OpeningChecks::opened),
        new Check(
            "O2",
            OPENING,
            "exports lists every function with its types; Call.index counts in its order",
            OpeningChecks::exports),
        new Check(
            "O3",
            OPENING,
            "any protocol_version but 1 is UNSUPPORTED_VERSION, and the message names 1",
            OpeningChecks::version),
        new Check(
            "O4",
            OPENING,
            "what is wrong first is the answer: version, no module, configuration, module",
            OpeningChecks::order),
        new Check(
            "O5",
            OPENING,
            "a module that isn't there, or not with this digest, is MODULE_NOT_FOUND",
            OpeningChecks::notFound),
        new Check(
            "O6",
            OPENING,
            "NAME, NAME@sha256:HEX and sha256:HEX open the same module, HEX in either case",
            OpeningChecks::references),
        new Check(
            "O7", OPENING, "the guest reads its configuration, in UTF-8", OpeningChecks::config),
        new Check(
            "O8",
            OPENING,
            "a key that is empty or has a NUL, or too many of them, is INVALID_CONFIG",
            OpeningChecks::invalidConfig),
        new Check(
            "O9",
            OPENING,
            "a key that the module doesn't declare is UNKNOWN_CONFIG_KEY; the message lists them",
            OpeningChecks::unknownKey),
        new Check(
            "O10",
            OPENING,
            "limits may be lowered; more than is allowed is no error; Opened tells those in force",
            OpeningChecks::limits),
        new Check(
            "O11",
            OPENING,
            "a guest that fails while opening is GUEST_OPEN_FAILED, with the trap if it was one",
            OpeningChecks::openFailed),
        new Check(
            "O12", OPENING, "events of the opening come after Opened", OpeningChecks::openEvents),
        new Check(
            "O13",
            OPENING,
            "a token that is not valid is UNAUTHENTICATED, if the server asks who comes",
            OpeningChecks::token),
        new Check(
            "S1", LIFE, "Call, Cancel or Ping before Open is NOT_OPEN", OpeningChecks::notOpen),
        new Check(
            "S2",
            LIFE,
            "Close, or the end of input, before Open is answered by Closed",
            OpeningChecks::closedBefore),
        new Check(
            "S3",
            LIFE,
            "a second Open is ALREADY_OPEN, when the calls before it are answered",
            OpeningChecks::secondOpen),
        new Check(
            "S4",
            LIFE,
            "calls may follow Open at once; if the opening fails they are not answered",
            OpeningChecks::callsBehindOpen),
        new Check(
            "S5",
            LIFE,
            "no whole Open in time is FIRST_MESSAGE_TIMEOUT",
            OpeningChecks::firstMessageTimeout));
  }

  private static void opened(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      Opened opened = peer.open();
      Limits limits = opened.getLimits();
      Peer.require(!opened.getSessionId().isEmpty(), "a session_id", opened);
      Peer.require(
          opened.getModuleDigest().matches("sha256:[0-9a-f]{64}"),
          "a module_digest of 'sha256:' and 64 digits in lower case",
          opened);
      Peer.require(opened.getExportsCount() > 0, "exports", opened);
      Peer.require(!opened.getServer().isEmpty(), "the server's name", opened);
      Peer.require(
          limits.getMemoryBytes() != 0
              && limits.getCallTimeoutMs() != 0
              && limits.getOutputBytes() != 0
              && limits.getEventsPerCall() != 0
              && limits.getQueuedCalls() != 0
              && limits.getQueuedBytes() != 0
              && limits.getFrameBytes() != 0,
          "all seven limits",
          limits);
      try (var other = new Peer(target)) {
        Peer.require(
            !other.open().getSessionId().equals(opened.getSessionId()),
            "two sessions have one session_id: " + opened.getSessionId());
      }
    }
  }

  private static void exports(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      List<Export> exports = peer.open().getExportsList();
      List<String> names = exports.stream().map(Export::getName).toList();
      var mix = exports.get(required(names, "mix"));
      Peer.require(
          mix.getParametersList()
                  .equals(List.of(ValueType.I32, ValueType.I64, ValueType.F32, ValueType.F64))
              && mix.getResultsList().equals(List.of(ValueType.F64)),
          "mix(i32, i64, f32, f64) -> (f64)",
          mix);
      for (String hidden : List.of("mooring_open", "mooring_close", "mooring_timer", "memory")) {
        Peer.require(!names.contains(hidden), "exports lists " + hidden);
      }
      // Each function gives back its own type, so that no two can be mistaken for each other.
      var samples =
          Map.of("i32", Say.i32(7), "i64", Say.i64(8), "f32", Say.f32(1.5f), "f64", Say.f64(2.5));
      for (Map.Entry<String, Value> sample : samples.entrySet()) {
        long id = peer.nextId();
        peer.send(
            Say.call(
                Say.callOf(id, "", sample.getValue()).setIndex(required(names, sample.getKey()))));
        var result = peer.expectResult(id);
        Peer.require(
            result.getValuesList().equals(List.of(sample.getValue())),
            "what " + sample.getKey() + " was given",
            result);
      }
    }
  }

  private static int required(List<String> names, String name) throws Finding {
    Peer.require(
        names.contains(name),
        "the module has no function '%s'; is it the module of the checks?".formatted(name));
    return names.indexOf(name);
  }

  private static void version(Target target) throws Finding {
    for (int version : new int[] {0, 2, 7, -1}) {
      try (var peer = new Peer(target)) {
        peer.send(Peer.message(peer.toOpen().setProtocolVersion(version)));
        Error error = peer.expectLastError(ErrorCode.UNSUPPORTED_VERSION);
        Peer.require(error.getMessage().contains("1"), "a message that names version 1", error);
      }
    }
  }

  private static void order(Target target) throws Finding {
    expectRefusal(
        target,
        open -> open.setProtocolVersion(2).setModule("").putConfig("", ""),
        ErrorCode.UNSUPPORTED_VERSION);
    expectRefusal(target, open -> open.setModule("").putConfig("", ""), ErrorCode.MODULE_NOT_FOUND);
    expectRefusal(
        target, open -> open.setModule(NOBODY).putConfig("", ""), ErrorCode.INVALID_CONFIG);
    expectRefusal(
        target,
        open -> open.setModule(NOBODY).putConfig("no_such_key", ""),
        ErrorCode.MODULE_NOT_FOUND);
    expectRefusal(
        target,
        open -> open.putConfig("no_such_key", "").putConfig("open", "fail"),
        ErrorCode.UNKNOWN_CONFIG_KEY);
  }

  /** Changes what opens the module of the checks. */
  @FunctionalInterface
  private interface Change {
    Open.Builder apply(Open.Builder open);
  }

  private static Error expectRefusal(Target target, Change change, ErrorCode code) throws Finding {
    try (var peer = new Peer(target)) {
      peer.send(Peer.message(change.apply(peer.toOpen())));
      return peer.expectLastError(code);
    }
  }

  private static void notFound(Target target) throws Finding {
    String nothing = "sha256:" + "00".repeat(32);
    for (String module :
        List.of(
            NOBODY,
            target.module() + "@" + nothing,
            nothing,
            "",
            "../" + target.module(),
            target.module() + ".wasm",
            target.module() + "@",
            "sha256:00",
            "x".repeat(129))) {
      expectRefusal(target, open -> open.setModule(module), ErrorCode.MODULE_NOT_FOUND);
    }
  }

  private static void references(Target target) throws Finding, Skip {
    String digest;
    try (var peer = new Peer(target)) {
      digest = peer.open().getModuleDigest();
    }
    if (target.module().contains("sha256:")) {
      throw new Skip("the module of the checks was named with its digest");
    }
    String upper = "sha256:" + digest.substring("sha256:".length()).toUpperCase(Locale.ROOT);
    for (String module : List.of(target.module() + "@" + digest, target.module() + "@" + upper)) {
      expectDigest(target, module, digest);
    }
    try {
      expectDigest(target, digest, digest);
      expectDigest(target, upper, digest);
    } catch (Finding e) {
      if (!target.token().isEmpty()) {
        throw new Skip("whoever has this token may not open modules by their digest alone");
      }
      throw e;
    }
  }

  private static void expectDigest(Target target, String module, String digest) throws Finding {
    try (var peer = new Peer(target)) {
      Opened opened = peer.open(peer.toOpen().setModule(module));
      Peer.require(opened.getModuleDigest().equals(digest), "the module_digest " + digest, opened);
    } catch (Finding e) {
      throw new Finding("of the module " + module + ": " + e.getMessage(), e);
    }
  }

  private static void config(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open(Map.of("text", "grüß dich, 世界 🌍", "close", ""));
      ByteString text = peer.call("config", Say.utf8("text")).getOutput();
      Peer.require(text.equals(Say.utf8("grüß dich, 世界 🌍")), "config text is " + Peer.shown(text));
      ByteString empty = peer.call("config", Say.utf8("close")).getOutput();
      Peer.require(empty.isEmpty(), "an empty value is " + Peer.shown(empty));
      peer.send(Say.call(peer.nextId(), "config", Say.utf8("open")));
      peer.expectError(3, ErrorCode.GUEST_FAILED);
    }
  }

  private static void invalidConfig(Target target) throws Finding {
    expectRefusal(target, open -> open.putConfig("", "x"), ErrorCode.INVALID_CONFIG);
    expectRefusal(target, open -> open.putConfig("a\0b", "x"), ErrorCode.INVALID_CONFIG);
    expectRefusal(
        target,
        open -> {
          for (int i = 0; i < 999; i++) {
            open.putConfig("key" + i, "");
          }
          return open;
        },
        ErrorCode.INVALID_CONFIG);
    // More than a configuration may have, and not more than a first message.
    expectRefusal(
        target, open -> open.putConfig("text", "x".repeat(100_000)), ErrorCode.INVALID_CONFIG);
  }

  private static void unknownKey(Target target) throws Finding {
    Error error =
        expectRefusal(
            target, open -> open.putConfig("no_such_key", ""), ErrorCode.UNKNOWN_CONFIG_KEY);
    for (String key : List.of("open", "close", "text")) {
      Peer.require(error.getMessage().contains(key), "a message that lists '" + key + "'", error);
    }
  }

  private static void limits(Target target) throws Finding {
    Limits defaults;
    try (var peer = new Peer(target)) {
      defaults = peer.open(peer.toOpen().clearLimits()).getLimits();
    }
    try (var peer = new Peer(target)) {
      Limits lower =
          peer.open(
                  peer.toOpen()
                      .setLimits(
                          Limits.newBuilder()
                              .setMemoryBytes(3 * WASM_PAGE_BYTES + 100)
                              .setCallTimeoutMs(20)
                              .setOutputBytes(100)
                              .setEventsPerCall(3)
                              .setQueuedCalls(5)
                              .setQueuedBytes(1_000)
                              .setFrameBytes(77)))
              .getLimits();
      Limits expected =
          defaults.toBuilder()
              .setMemoryBytes(3 * WASM_PAGE_BYTES)
              .setCallTimeoutMs(20)
              .setOutputBytes(100)
              .setEventsPerCall(3)
              .setQueuedCalls(5)
              .setQueuedBytes(1_000)
              .build();
      Peer.require(lower.equals(expected), "the limits " + Peer.shown(expected), lower);
      int before = peer.call("grow", Say.i32(0)).getValues(0).getI32();
      Peer.require(
          peer.call("grow", Say.i32(3 - before + 1)).getValues(0).getI32() == -1,
          "memory grew above memory_bytes");
      Peer.require(
          peer.call("grow", Say.i32(3 - before)).getValues(0).getI32() == before,
          "memory didn't grow up to memory_bytes");
    }
    try (var peer = new Peer(target)) {
      Limits asked =
          Limits.newBuilder()
              .setMemoryBytes(-1)
              .setCallTimeoutMs(-1)
              .setOutputBytes(-1)
              .setEventsPerCall(-1)
              .setQueuedCalls(-1)
              .setQueuedBytes(-1)
              .build();
      Limits most = peer.open(peer.toOpen().setLimits(asked)).getLimits();
      Peer.require(
          Long.compareUnsigned(most.getMemoryBytes(), defaults.getMemoryBytes()) >= 0
              && Integer.compareUnsigned(most.getCallTimeoutMs(), defaults.getCallTimeoutMs()) >= 0
              && most.getFrameBytes() == defaults.getFrameBytes(),
          "limits of at least the defaults",
          most);
    }
    try (var peer = new Peer(target)) {
      Limits one =
          peer.open(peer.toOpen().setLimits(Limits.newBuilder().setMemoryBytes(1))).getLimits();
      Peer.require(
          one.getMemoryBytes() >= WASM_PAGE_BYTES && one.getMemoryBytes() % WASM_PAGE_BYTES == 0,
          "at least one page of memory",
          one);
    }
  }

  private static void openFailed(Target target) throws Finding {
    Error failed =
        expectRefusal(target, open -> open.putConfig("open", "fail"), ErrorCode.GUEST_OPEN_FAILED);
    Peer.require(failed.getTrap() == TrapKind.TRAP_KIND_UNSPECIFIED, "no trap", failed);
    Error trapped =
        expectRefusal(target, open -> open.putConfig("open", "trap"), ErrorCode.GUEST_OPEN_FAILED);
    Peer.require(trapped.getTrap() == TrapKind.UNREACHABLE, "the trap UNREACHABLE", trapped);
  }

  private static void openEvents(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open(Map.of("open", "event"));
      peer.expectEvent(Say.utf8("open"));
      peer.call("get");
    }
  }

  private static void token(Target target) throws Finding, Skip {
    var stranger = target.withToken("a token that nobody was given");
    try (var peer = new Peer(stranger)) {
      peer.send(Peer.message(peer.toOpen()));
      var answer = peer.receive("UNAUTHENTICATED, or Opened");
      if (answer.hasOpened()) {
        throw new Skip("this server doesn't ask who comes");
      }
      Peer.require(
          answer.getError().getCode() == ErrorCode.UNAUTHENTICATED, "UNAUTHENTICATED", answer);
      peer.expectEnd();
    }
    expectRefusal(target, open -> open.setAuthToken("x"), ErrorCode.UNAUTHENTICATED);
  }

  private static void notOpen(Target target) throws Finding {
    for (var message : List.of(Say.call(1, "get"), Say.cancel(1), Say.ping(1))) {
      try (var peer = new Peer(target)) {
        peer.send(message);
        peer.expectLastError(ErrorCode.NOT_OPEN);
      }
    }
  }

  private static void closedBefore(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.send(Say.close());
      peer.expectClosed(CloseReason.CLIENT_CLOSED);
    }
    try (var peer = new Peer(target)) {
      if (peer.canEndOutput()) {
        peer.endOutput();
        peer.expectClosed(CloseReason.CLIENT_CLOSED);
      }
    }
  }

  private static void secondOpen(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      peer.send(
          Say.call(1, "add", Say.i64(4)),
          Say.call(2, "get"),
          Peer.message(peer.toOpen()),
          Say.call(3, "get"));
      peer.expectResult(1);
      peer.expectResult(2);
      peer.expectLastError(ErrorCode.ALREADY_OPEN);
    }
  }

  private static void callsBehindOpen(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.send(Peer.message(peer.toOpen()), Say.call(1, "add", Say.i64(1)), Say.call(2, "get"));
      peer.expectOpened();
      peer.expectResult(1);
      peer.expectResult(2);
    }
    try (var peer = new Peer(target)) {
      peer.send(
          Peer.message(peer.toOpen().setModule(NOBODY)),
          Say.call(1, "add", Say.i64(1)),
          Say.call(2, "get"));
      peer.expectLastError(ErrorCode.MODULE_NOT_FOUND);
    }
  }

  private static void firstMessageTimeout(Target target) throws Finding, Skip {
    try (var peer = new Peer(target)) {
      byte[] open = Say.frames(Peer.message(peer.toOpen()));
      peer.sendBytes(open, 0, open.length - 1);
      try {
        peer.expectLastError(ErrorCode.FIRST_MESSAGE_TIMEOUT);
      } catch (Finding e) {
        if (e.getCause() instanceof SocketTimeoutException) {
          throw new Skip(
              "this server waits for longer than %d s".formatted(target.patience().toSeconds()));
        }
        throw e;
      }
    }
  }
}
