package dev.mooring.proto;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.mooring.proto.FrameExplainer.Row;
import dev.mooring.proto.GoldenFrame.Direction;
import dev.mooring.proto.v1.Acknowledge;
import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.Cancel;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Close;
import dev.mooring.proto.v1.CloseReason;
import dev.mooring.proto.v1.Closed;
import dev.mooring.proto.v1.Durability;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Event;
import dev.mooring.proto.v1.Export;
import dev.mooring.proto.v1.GoAway;
import dev.mooring.proto.v1.GoAwayReason;
import dev.mooring.proto.v1.Keep;
import dev.mooring.proto.v1.Kept;
import dev.mooring.proto.v1.Limits;
import dev.mooring.proto.v1.NamePolicy;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Opened;
import dev.mooring.proto.v1.Ping;
import dev.mooring.proto.v1.Pong;
import dev.mooring.proto.v1.Result;
import dev.mooring.proto.v1.Resume;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.proto.v1.TrapKind;
import dev.mooring.proto.v1.Value;
import dev.mooring.proto.v1.ValueType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The golden frames of {@code proto/vectors}, for the tests of everything that reads or writes the
 * wire. Their bytes are those of the files; what they should be is said here, and {@code
 * GoldenFrameVectorTest} keeps the two together.
 */
public final class GoldenFrames {
  private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);

  /** Of a kept session: 32 bytes, which are random in life. */
  private static final ByteString TOKEN =
      ByteString.fromHex("f0e1d2c3b4a5968778695a4b3c2d1e0f".repeat(2));

  /** What may succeed as it is, later or elsewhere; PROTOCOL.md says the same. */
  private static final Set<ErrorCode> RETRYABLE =
      EnumSet.of(
          ErrorCode.FIRST_MESSAGE_TIMEOUT,
          ErrorCode.FRAME_TIMEOUT,
          ErrorCode.IDLE_TIMEOUT,
          ErrorCode.STORE_FAILED,
          ErrorCode.WRITE_STALLED,
          ErrorCode.RATE_EXCEEDED,
          ErrorCode.SESSION_EXPIRED,
          ErrorCode.SERVER_OVERLOADED,
          ErrorCode.SHUTTING_DOWN,
          ErrorCode.DEADLINE_EXCEEDED,
          ErrorCode.CANCELLED,
          ErrorCode.CALL_REFUSED);

  /** A frame as it should be, with what its file says about it. */
  record Definition(
      String name,
      Direction direction,
      String prose,
      @Nullable Message message,
      @Nullable ErrorCode error,
      boolean canonical,
      List<Row> rows) {
    byte[] bytes() {
      return ByteString.copyFrom(rows.stream().map(Row::bytes).toList()).toByteArray();
    }
  }

  private final List<Definition> definitions = new ArrayList<>();

  private GoldenFrames() {}

  /** Every frame, good and bad. */
  public static List<GoldenFrame> all() {
    return definitions().stream()
        .map(
            d ->
                new GoldenFrame(d.name, d.direction, read(d.name), d.message, d.error, d.canonical))
        .toList();
  }

  /** The good frames that {@code direction} sends. */
  public static List<GoldenFrame> good(Direction direction) {
    return all().stream().filter(f -> f.direction() == direction && f.error() == null).toList();
  }

  /** The frames that a server answers with an error. */
  public static List<GoldenFrame> bad() {
    return all().stream().filter(frame -> frame.error() != null).toList();
  }

  static List<Definition> definitions() {
    var frames = new GoldenFrames();
    frames.opening();
    frames.keeping();
    frames.calls();
    frames.values();
    frames.otherClientMessages();
    frames.oddCalls();
    frames.opened();
    frames.results();
    frames.errors();
    frames.otherServerMessages();
    frames.badFrames();
    frames.badMessages();
    frames.badRequests();
    return List.copyOf(frames.definitions);
  }

  private static ByteString read(String name) {
    try (var file = GoldenFrames.class.getResourceAsStream("/vectors/" + name + ".bin")) {
      return ByteString.readFrom(Objects.requireNonNull(file, name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void opening() {
    client(
        "open",
        "Opens a session of the module 'counter'.",
        open(Open.newBuilder().setProtocolVersion(1).setModule("counter")));
    client(
        "open-by-digest",
        "Opens a session of a module by what it is, whatever it is called.",
        open(Open.newBuilder().setProtocolVersion(1).setModule(DIGEST)));
    client(
        "open-by-name-and-digest",
        "Opens a session of 'counter', if that name stands for exactly these bytes.",
        open(Open.newBuilder().setProtocolVersion(1).setModule("counter@" + DIGEST)));
    client(
        "open-full",
        "Everything that Open can hold for a session that isn't kept. A map's entries may come in"
            + " any order.",
        open(
            Open.newBuilder()
                .setProtocolVersion(1)
                .setModule("kv")
                .putConfig("greeting", "grüß dich")
                .putConfig("empty", "")
                .setLimits(
                    Limits.newBuilder()
                        .setMemoryBytes(8 << 20)
                        .setCallTimeoutMs(200)
                        .setOutputBytes(65_536)
                        .setEventsPerCall(16)
                        .setQueuedCalls(100)
                        .setQueuedBytes(1 << 18)
                        .setFrameBytes(1 << 20))
                .setAuthToken("s3cret")));
  }

  private void keeping() {
    client(
        "open-kept",
        "Everything that Keep can hold: a new session, to be found by a name later.",
        open(
            Open.newBuilder()
                .setProtocolVersion(1)
                .setModule("counter")
                .setKeep(
                    Keep.newBuilder()
                        .setTtlMs(600_000)
                        .setDurability(Durability.ASYNC)
                        .setName("till-7")
                        .setNamePolicy(NamePolicy.MUST_BE_NEW))));
    client(
        "open-resume-token",
        "Goes on with a kept session, of which all up to 300 has come.",
        open(
            Open.newBuilder()
                .setProtocolVersion(1)
                .setAuthToken("s3cret")
                .setResume(Resume.newBuilder().setToken(TOKEN).setReceived(300))));
    client(
        "open-resume-name",
        "Goes on with a session by its name, and makes none if there is none. Nothing of it has"
            + " come, so Resume is empty.",
        open(
            Open.newBuilder()
                .setProtocolVersion(1)
                .setModule("counter")
                .setKeep(
                    Keep.newBuilder()
                        .setDurability(Durability.DISK)
                        .setName("till-7")
                        .setNamePolicy(NamePolicy.MUST_EXIST))
                .setResume(Resume.getDefaultInstance())));
    client(
        "acknowledge",
        "All up to 300 has come: the server may forget it.",
        ClientMessage.newBuilder()
            .setAcknowledge(Acknowledge.newBuilder().setReceived(300))
            .build());
    server(
        "opened-kept",
        "The session is new, and outlives its connection. MEMORY is 0, and isn't written.",
        openedKept(
            Kept.newBuilder()
                .setToken(TOKEN)
                .setTtlMs(300_000)
                .setUnacknowledgedMessages(1_024)
                .setUnacknowledgedBytes(1 << 20)));
    server(
        "opened-resumed",
        "The session was there before: calls above 41 are to be sent again.",
        openedKept(
            Kept.newBuilder()
                .setToken(TOKEN)
                .setTtlMs(300_000)
                .setDurability(Durability.ASYNC)
                .setName("till-7")
                .setResumed(true)
                .setCommittedId(41)
                .setUnacknowledgedMessages(1_024)
                .setUnacknowledgedBytes(1 << 20)));
    server(
        "result-sequence",
        "The answer of a kept session's call: the 299th of all that it has said.",
        ServerMessage.newBuilder()
            .setResult(
                Result.newBuilder()
                    .setId(42)
                    .addValues(Value.newBuilder().setI64(7))
                    .setSequence(299))
            .build());
    server(
        "error-sequence",
        "A call of a kept session failed, and the session goes on.",
        ServerMessage.newBuilder()
            .setError(
                Error.newBuilder()
                    .setId(43)
                    .setCode(ErrorCode.GUEST_FAILED)
                    .setMessage("what was wrong")
                    .setSequence(300))
            .build());
    server(
        "event-sequence",
        "An event of a kept session.",
        ServerMessage.newBuilder()
            .setEvent(Event.newBuilder().setPayload(utf8("tick")).setSequence(301))
            .build());
    server(
        "closed-detached",
        "The last message of a connection whose session stays.",
        ServerMessage.newBuilder()
            .setClosed(Closed.newBuilder().setReason(CloseReason.DETACHED))
            .build());
  }

  private static Message openedKept(Kept.Builder kept) {
    return ServerMessage.newBuilder()
        .setOpened(
            Opened.newBuilder()
                .setSessionId("5f3759df00c0ffee")
                .setModuleDigest(DIGEST)
                .setKept(kept))
        .build();
  }

  private void calls() {
    client(
        "call-by-index",
        "Calls the first function, with nothing. The index is a oneof's member: even 0 is written.",
        call(Call.newBuilder().setId(1).setIndex(0)));
    client(
        "call-by-name",
        "Calls a function by its name.",
        call(Call.newBuilder().setId(2).setName("get")));
    client(
        "call-by-name-beyond-ascii",
        "Names are UTF-8.",
        call(Call.newBuilder().setId(3).setName("größe")));
    client(
        "call-with-input",
        "Bytes that the guest may pull.",
        call(Call.newBuilder().setId(4).setName("echo").setInput(utf8("hello"))));
    client(
        "call-full",
        "Everything that a Call can hold.",
        call(
            Call.newBuilder()
                .setId(300)
                .setIndex(7)
                .addArguments(Value.newBuilder().setI32(5))
                .addArguments(Value.newBuilder().setI64(-1))
                .addArguments(Value.newBuilder().setF32(1.5f))
                .addArguments(Value.newBuilder().setF64(-0.0))
                .setInput(utf8("hello"))
                .setTimeoutMs(1_000)
                .setTraceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")));
    client(
        "call-largest-id",
        "An id has 64 bits, unsigned: this one is 2^64 - 1, and no call can follow it.",
        call(Call.newBuilder().setId(-1).setIndex(0)));
    client(
        "call-of-200-bytes",
        "A frame whose length needs two bytes.",
        call(Call.newBuilder().setId(5).setIndex(1).setInput(ByteString.copyFrom(new byte[200]))));
  }

  private void values() {
    value("i32", Value.newBuilder().setI32(5), "An i32: zigzag, so 5 is written as 10.");
    value("i32-zero", Value.newBuilder().setI32(0), "A oneof's member: even 0 is written.");
    value("i32-min", Value.newBuilder().setI32(Integer.MIN_VALUE), "The least i32.");
    value("i32-max", Value.newBuilder().setI32(Integer.MAX_VALUE), "The greatest i32.");
    value("i64", Value.newBuilder().setI64(-5), "An i64: zigzag, so -5 is written as 9.");
    value("i64-min", Value.newBuilder().setI64(Long.MIN_VALUE), "The least i64, in ten bytes.");
    value("i64-max", Value.newBuilder().setI64(Long.MAX_VALUE), "The greatest i64.");
    value("f32", Value.newBuilder().setF32(0.5f), "An f32: four bytes, little-endian.");
    value("f32-infinity", Value.newBuilder().setF32(Float.NEGATIVE_INFINITY), "Minus infinity.");
    value("f32-nan", Value.newBuilder().setF32(Float.NaN), "The canonical NaN.");
    value(
        "f32-nan-bits",
        Value.newBuilder().setF32(Float.intBitsToFloat(0x7fa00001)),
        "A signalling NaN, which arrives as it was sent: the text can't say its bits.");
    value("f64", Value.newBuilder().setF64(Math.PI), "An f64: eight bytes, little-endian.");
    value("f64-minus-zero", Value.newBuilder().setF64(-0.0), "Minus zero is not zero.");
    value("f64-nan", Value.newBuilder().setF64(Double.NaN), "The canonical NaN.");
    value(
        "f64-nan-bits",
        Value.newBuilder().setF64(Double.longBitsToDouble(0xfff4000000000001L)),
        "A signalling NaN, which arrives as it was sent: the text can't say its bits.");
  }

  private void value(String name, Value.Builder value, String prose) {
    client(
        "call-value-" + name,
        prose,
        call(Call.newBuilder().setId(1).setIndex(0).addArguments(value)));
    server(
        "result-value-" + name,
        prose,
        ServerMessage.newBuilder()
            .setResult(Result.newBuilder().setId(1).addValues(value))
            .build());
  }

  private void otherClientMessages() {
    client(
        "cancel",
        "Takes call 7 out of the queue, if it still waits there.",
        ClientMessage.newBuilder().setCancel(Cancel.newBuilder().setId(7)).build());
    client(
        "ping",
        "Asks for a Pong with the same token.",
        ClientMessage.newBuilder().setPing(Ping.newBuilder().setToken(0xCAFE)).build());
    client(
        "ping-zero",
        "A token of 0 is not written, and comes back so.",
        ClientMessage.newBuilder().setPing(Ping.getDefaultInstance()).build());
    client(
        "close",
        "Asks the server to serve what waits, and then to end.",
        ClientMessage.newBuilder().setClose(Close.getDefaultInstance()).build());
  }

  private void oddCalls() {
    Message plain = call(Call.newBuilder().setId(1).setIndex(2).setInput(utf8("ab")));
    odd(
        "odd-call-unknown-fields",
        "Fields of a later version, in the call and beside it, are skipped.",
        plain,
        row("12", "a frame of 18 bytes"),
        row("12 0d", "field 2, call: Call of 13 bytes"),
        row("08 01", "  field 1, id: 1"),
        row("18 02", "  field 3, index: 2"),
        row("2a 02 61 62", "  field 5, input: \"ab\""),
        row("a2 06 02 01 02", "  field 100, unknown: 2 bytes"),
        row("98 06 00", "field 99, unknown: 0"));
    odd(
        "odd-call-any-order",
        "Fields may come in any order.",
        plain,
        row("0a", "a frame of 10 bytes"),
        row("12 08", "field 2, call: Call of 8 bytes"),
        row("2a 02 61 62", "  field 5, input: \"ab\""),
        row("18 02", "  field 3, index: 2"),
        row("08 01", "  field 1, id: 1"));
    odd(
        "odd-call-repeated-fields",
        "Of a field that comes twice the last one holds; of a oneof's members too.",
        plain,
        row("11", "a frame of 17 bytes"),
        row("12 0f", "field 2, call: Call of 15 bytes"),
        row("08 09", "  field 1, id: 9"),
        row("08 01", "  field 1, id: 1"),
        row("12 03 61 64 64", "  field 2, name: \"add\""),
        row("18 02", "  field 3, index: 2, and so no name"),
        row("2a 02 61 62", "  field 5, input: \"ab\""));
    odd(
        "odd-call-in-two-pieces",
        "A member of the oneof that comes twice is one message, merged.",
        plain,
        row("0c", "a frame of 12 bytes"),
        row("12 04", "field 2, call: Call of 4 bytes"),
        row("08 01", "  field 1, id: 1"),
        row("18 02", "  field 3, index: 2"),
        row("12 04", "field 2, call: 4 more bytes of the Call"),
        row("2a 02 61 62", "  field 5, input: \"ab\""));
    odd(
        "odd-call-long-varint",
        "Only a frame's length must be canonical. Within messages protobuf's rules hold.",
        plain,
        row("0c", "a frame of 12 bytes"),
        row("12 0a", "field 2, call: Call of 10 bytes"),
        row("08 81 80 00", "  field 1, id: 1, in three bytes"),
        row("18 02", "  field 3, index: 2"),
        row("2a 02 61 62", "  field 5, input: \"ab\""));
  }

  private void opened() {
    server(
        "opened",
        "The session is open: what may be called, and the limits in force.",
        ServerMessage.newBuilder()
            .setOpened(
                Opened.newBuilder()
                    .setSessionId("5f3759df00c0ffee")
                    .setModuleDigest(DIGEST)
                    .addExports(
                        Export.newBuilder()
                            .setName("add")
                            .addParameters(ValueType.I32)
                            .addResults(ValueType.I32))
                    .addExports(
                        Export.newBuilder()
                            .setName("mix")
                            .addParameters(ValueType.I32)
                            .addParameters(ValueType.I64)
                            .addParameters(ValueType.F32)
                            .addParameters(ValueType.F64))
                    .setLimits(
                        Limits.newBuilder()
                            .setMemoryBytes(16 << 20)
                            .setCallTimeoutMs(50)
                            .setOutputBytes(4 << 20)
                            .setEventsPerCall(256)
                            .setQueuedCalls(1_024)
                            .setQueuedBytes(1 << 20)
                            .setFrameBytes(4 << 20))
                    .setServer("mooring/0.1.0"))
            .build());
    server(
        "opened-without-exports",
        "A module that offers nothing to call may still send events.",
        ServerMessage.newBuilder()
            .setOpened(Opened.newBuilder().setSessionId("1").setModuleDigest(DIGEST))
            .build());
  }

  private void results() {
    server(
        "result",
        "Call 1 succeeded, and had nothing to say.",
        ServerMessage.newBuilder().setResult(Result.newBuilder().setId(1)).build());
    server(
        "result-with-output",
        "What the guest wrote.",
        ServerMessage.newBuilder()
            .setResult(Result.newBuilder().setId(4).setOutput(utf8("hello")))
            .build());
    server(
        "result-full",
        "Typed results, and output.",
        ServerMessage.newBuilder()
            .setResult(
                Result.newBuilder()
                    .setId(300)
                    .addValues(Value.newBuilder().setI32(-1))
                    .addValues(Value.newBuilder().setF64(0.25))
                    .setOutput(utf8("hello")))
            .build());
  }

  private void errors() {
    for (ErrorCode code : ErrorCode.values()) {
      if (code == ErrorCode.UNRECOGNIZED || code == ErrorCode.ERROR_CODE_UNSPECIFIED) {
        continue;
      }
      boolean ofCall = code.getNumber() >= 300;
      var error =
          Error.newBuilder().setCode(code).setMessage("what was wrong").setId(ofCall ? 9 : 0);
      if (code == ErrorCode.GUEST_TRAP) {
        for (TrapKind trap : TrapKind.values()) {
          if (trap != TrapKind.UNRECOGNIZED && trap != TrapKind.TRAP_KIND_UNSPECIFIED) {
            server(
                "error-guest-trap-" + kebab(trap.name()),
                "Call 9 trapped.",
                ServerMessage.newBuilder().setError(error.setTrap(trap)).build());
          }
        }
        continue;
      }
      server(
          "error-" + kebab(code.name()),
          ofCall
              ? "Call 9 failed. The session goes on."
              : "The last message of its connection: id 0 is not written.",
          ServerMessage.newBuilder()
              .setError(error.setRetryable(RETRYABLE.contains(code)))
              .build());
    }
  }

  private void otherServerMessages() {
    server(
        "event",
        "The guest has something to tell.",
        ServerMessage.newBuilder().setEvent(Event.newBuilder().setPayload(utf8("tick"))).build());
    server(
        "event-empty",
        "An event without a payload is an event.",
        ServerMessage.newBuilder().setEvent(Event.getDefaultInstance()).build());
    server(
        "pong",
        "The token of the Ping.",
        ServerMessage.newBuilder().setPong(Pong.newBuilder().setToken(0xCAFE)).build());
    server(
        "pong-zero",
        "A token of 0 is not written.",
        ServerMessage.newBuilder().setPong(Pong.getDefaultInstance()).build());
    for (GoAwayReason reason :
        List.of(
            GoAwayReason.SERVER_SHUTDOWN, GoAwayReason.SESSION_LIFETIME, GoAwayReason.OPERATOR)) {
      server(
          "go-away-" + kebab(reason.name()),
          "Calls up to 12 are served; later ones are refused.",
          ServerMessage.newBuilder()
              .setGoAway(
                  GoAway.newBuilder().setReason(reason).setLastId(12).setMessage("good night"))
              .build());
    }
    for (CloseReason reason : List.of(CloseReason.CLIENT_CLOSED, CloseReason.GONE_AWAY)) {
      server(
          "closed-" + kebab(reason.name()),
          "The last message of a session that ended in good order.",
          ServerMessage.newBuilder().setClosed(Closed.newBuilder().setReason(reason)).build());
    }
  }

  private void badFrames() {
    bad(
        "length-too-long",
        "A length has five bytes at most.",
        ErrorCode.MALFORMED_FRAME,
        row("ff ff ff ff ff", "five bytes, and the fifth says that there is a sixth"));
    bad(
        "length-not-canonical",
        "A length is written in as few bytes as it needs: 5 is 05.",
        ErrorCode.MALFORMED_FRAME,
        row("85 00", "5, in two bytes"),
        row("12 03 08 01 18", "what doesn't matter any more"));
    bad(
        "length-above-31-bits",
        "A length is at most 2^31 - 1.",
        ErrorCode.MALFORMED_FRAME,
        row("80 80 80 80 08", "2^31"));
    bad(
        "length-above-maximum",
        "The default maximum is 4 MiB. Nobody waits for the body.",
        ErrorCode.FRAME_TOO_LARGE,
        row("81 80 80 02", "4 MiB and 1 byte"));
  }

  private void badMessages() {
    bad(
        "message-empty",
        "An empty frame is a ClientMessage that says nothing.",
        ErrorCode.MALFORMED_MESSAGE,
        row("00", "a frame of 0 bytes"));
    bad(
        "message-unknown",
        "A message of a later version says nothing to a server of this one.",
        ErrorCode.MALFORMED_MESSAGE,
        row("04", "a frame of 4 bytes"),
        row("7a 02 08 01", "field 15, unknown: 2 bytes"));
    bad(
        "message-http",
        "Somebody took us for a web server, if this isn't what a connection begins with. 'G' is a length of 71.",
        ErrorCode.MALFORMED_MESSAGE,
        row("47", "a frame of 71 bytes"),
        new Row(
            ByteString.copyFromUtf8(
                "ET / HTTP/1.1\r\nHost: localhost:7070\r\nUser-Agent: curl/8.5\r\nAccept: */*\r\n\r\n--"
                    .substring(0, 71)),
            "'ET / HT' would be two fields; the next 'T' ends a group that never began"));
    bad(
        "message-cut-short",
        "A field reaches past the end of its message.",
        ErrorCode.MALFORMED_MESSAGE,
        row("06", "a frame of 6 bytes"),
        row("12 08", "field 2, call: Call of 8 bytes, but 4 are left"),
        row("08 01 18 02", "id and index"));
    bad(
        "message-group",
        "Groups, protobuf's wire types 3 and 4, are refused even where they'd be skipped.",
        ErrorCode.MALFORMED_MESSAGE,
        row("06", "a frame of 6 bytes"),
        row("12 04", "field 2, call: Call of 4 bytes"),
        row("08 01", "  field 1, id: 1"),
        row("6b", "  field 13: a group begins"),
        row("6c", "  field 13: the group ends"));
    bad(
        "message-wire-type",
        "There are no wire types 6 and 7.",
        ErrorCode.MALFORMED_MESSAGE,
        row("02", "a frame of 2 bytes"),
        row("0f 00", "field 1, of wire type 7"));
    bad(
        "message-field-zero",
        "There is no field 0.",
        ErrorCode.MALFORMED_MESSAGE,
        row("02", "a frame of 2 bytes"),
        row("02 00", "field 0, 0 bytes"));
    bad(
        "message-varint",
        "A varint has ten bytes at most.",
        ErrorCode.MALFORMED_MESSAGE,
        row("0e", "a frame of 14 bytes"),
        row("12 0c", "field 2, call: Call of 12 bytes"),
        row("08 ff ff ff ff ff ff ff ff ff ff 01", "  field 1, id: eleven bytes"));
    bad(
        "message-utf-8",
        "A string is UTF-8.",
        ErrorCode.MALFORMED_MESSAGE,
        row("08", "a frame of 8 bytes"),
        row("12 06", "field 2, call: Call of 6 bytes"),
        row("08 01", "  field 1, id: 1"),
        row("12 02 c3 28", "  field 2, name: c3 asks for a byte from 80 to bf"));
  }

  private void badRequests() {
    request(
        "open-version",
        "A version that the server doesn't speak. Its error names those that it does.",
        ErrorCode.UNSUPPORTED_VERSION,
        open(Open.newBuilder().setProtocolVersion(2).setModule("counter")));
    request(
        "open-without-version",
        "A version is required; 0 is none.",
        ErrorCode.UNSUPPORTED_VERSION,
        open(Open.newBuilder().setModule("counter")));
    request(
        "open-without-module",
        "A module is required.",
        ErrorCode.MODULE_NOT_FOUND,
        open(Open.newBuilder().setProtocolVersion(1)));
    request(
        "call-without-id",
        "In an open session: ids begin at 1.",
        ErrorCode.INVALID_CALL_ID,
        call(Call.newBuilder().setIndex(0)));
    request(
        "call-without-function",
        "In an open session: a call names a function, or gives its index.",
        ErrorCode.FUNCTION_NOT_FOUND,
        call(Call.newBuilder().setId(1)));
    request(
        "call-value-without-type",
        "In an open session, of a function with one parameter: a Value must hold a value.",
        ErrorCode.INVALID_ARGUMENTS,
        call(Call.newBuilder().setId(1).setIndex(0).addArguments(Value.getDefaultInstance())));
  }

  private void client(String name, String prose, Message message) {
    good(name, Direction.CLIENT, prose, message);
  }

  private void server(String name, String prose, Message message) {
    good(name, Direction.SERVER, prose, message);
  }

  private void good(String name, Direction direction, String prose, Message message) {
    definitions.add(
        new Definition(
            name, direction, prose, message, null, true, FrameExplainer.explain(message)));
  }

  private void odd(String name, String prose, Message message, Row... rows) {
    definitions.add(
        new Definition(name, Direction.CLIENT, prose, message, null, false, List.of(rows)));
  }

  private void bad(String name, String prose, ErrorCode error, Row... rows) {
    definitions.add(
        new Definition("bad-" + name, Direction.CLIENT, prose, null, error, false, List.of(rows)));
  }

  private void request(String name, String prose, ErrorCode error, Message message) {
    definitions.add(
        new Definition(
            "bad-" + name,
            Direction.CLIENT,
            prose,
            message,
            error,
            true,
            FrameExplainer.explain(message)));
  }

  private static Message open(Open.Builder open) {
    return ClientMessage.newBuilder().setOpen(open).build();
  }

  private static Message call(Call.Builder call) {
    return ClientMessage.newBuilder().setCall(call).build();
  }

  private static ByteString utf8(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private static Row row(String hex, String meaning) {
    return new Row(ByteString.copyFrom(HexFormat.ofDelimiter(" ").parseHex(hex)), meaning);
  }

  private static String kebab(String name) {
    return name.toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
