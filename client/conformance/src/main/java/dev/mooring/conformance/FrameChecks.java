package dev.mooring.conformance;

import static dev.mooring.conformance.Say.hex;

import com.google.protobuf.ByteString;
import dev.mooring.proto.v1.CloseReason;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Opened;
import dev.mooring.proto.v1.Result;
import java.util.Arrays;
import java.util.List;

/** Frames, and the messages in them as far as they are bytes. */
final class FrameChecks {
  private static final String FRAMES = "Frames";
  private static final String MESSAGES = "Messages";
  private static final int GLUED_CALLS = 100;
  private static final int REPEATED_AT_MOST = 1_000;

  private FrameChecks() {}

  static List<Check> all() {
    return List.of(
        new Check(
            "F1",
            FRAMES,
            "a frame may be cut anywhere, and come byte by byte",
            framed(FrameChecks::cut)),
        new Check("F2", FRAMES, "many frames may come at once", FrameChecks::glued),
        new Check(
            "F3",
            FRAMES,
            "a length that isn't canonical is MALFORMED_FRAME",
            framed(target -> refused(target, ErrorCode.MALFORMED_FRAME, "8a 00", "80 80 00"))),
        new Check(
            "F4",
            FRAMES,
            "a length of more than five bytes, or above 2^31 - 1, is MALFORMED_FRAME",
            framed(
                target ->
                    refused(
                        target, ErrorCode.MALFORMED_FRAME, "ff ff ff ff ff 01", "80 80 80 80 08"))),
        new Check(
            "F5",
            FRAMES,
            "a length above limits.frame_bytes is FRAME_TOO_LARGE at once, before its body",
            framed(FrameChecks::tooLarge)),
        new Check(
            "F6", FRAMES, "a message of exactly limits.frame_bytes is read", FrameChecks::largest),
        new Check(
            "F7",
            FRAMES,
            "an end of input within a frame is MALFORMED_FRAME",
            framed(FrameChecks::endWithin)),
        new Check(
            "F8",
            FRAMES,
            "the server's lengths are canonical, too",
            framed(FrameChecks::canonical)),
        new Check(
            "M1",
            MESSAGES,
            "fields may come in any order, and unknown ones are skipped",
            target ->
                sameCall(
                    target,
                    "2a 02 61 62 12 04 65 63 68 6f 08 01",
                    "08 01 12 04 65 63 68 6f 2a 02 61 62 a2 06 02 01 02 98 06 00"
                        + " ad 06 01 02 03 04 b1 06 01 02 03 04 05 06 07 08")),
        new Check(
            "M2",
            MESSAGES,
            "of a field that comes twice the last one holds; varints needn't be canonical",
            target ->
                sameCall(
                    target,
                    "08 09 08 01 18 02 12 04 65 63 68 6f 2a 01 7a 2a 02 61 62",
                    "08 81 80 00 12 84 00 65 63 68 6f 2a 82 00 61 62")),
        new Check(
            "M3",
            MESSAGES,
            "groups are refused, known or unknown, at any depth",
            target ->
                refused(
                    target,
                    ErrorCode.MALFORMED_MESSAGE,
                    "0e 12 0c 08 01 12 04 65 63 68 6f 9b 06 9c 06",
                    "0c 12 08 08 01 12 04 65 63 68 6f 7b 7c",
                    "10 12 0e 08 01 12 04 65 63 68 6f 22 04 9b 06 9c 06")),
        new Check(
            "M4",
            MESSAGES,
            "a varint of more than ten bytes is refused",
            target ->
                refused(
                    target,
                    ErrorCode.MALFORMED_MESSAGE,
                    "0e 12 0c 08 ff ff ff ff ff ff ff ff ff ff 01")),
        new Check(
            "M5",
            MESSAGES,
            "a string that isn't UTF-8 is refused",
            target ->
                refused(
                    target,
                    ErrorCode.MALFORMED_MESSAGE,
                    "08 12 06 08 01 12 02 c3 28",
                    "09 12 07 08 01 12 03 ed a0 80")),
        new Check(
            "M6",
            MESSAGES,
            "more than 1,000 arguments or entries are refused; 1,000 are read",
            FrameChecks::repeated),
        new Check(
            "M7",
            MESSAGES,
            "a message that holds nothing is refused, and so is one of a later version",
            target ->
                refused(target, ErrorCode.MALFORMED_MESSAGE, "00", "04 7a 02 08 01", "02 78 01")),
        new Check(
            "M8",
            MESSAGES,
            "a body that is no ClientMessage is refused, before Open and after",
            FrameChecks::garbage));
  }

  /** What is about lengths in front of messages, and about messages that aren't whole. */
  private static Check.Body framed(Check.Body body) {
    return target -> {
      if (!target.isFramed()) {
        throw new Skip("messages come whole here: there are no lengths of ours");
      }
      body.run(target);
    };
  }

  private static void cut(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      byte[] open = Say.frames(Peer.message(peer.toOpen()));
      for (int i = 0; i < open.length; i++) {
        peer.sendBytes(open, i, i + 1);
      }
      peer.expectOpened();
      byte[] first = Say.frames(Say.call(1, "echo", Say.utf8("0123456789".repeat(20))));
      for (int split = 1; split < first.length; split++) {
        long id = peer.nextId();
        byte[] call = Say.frames(Say.call(id, "echo", Say.utf8("0123456789".repeat(20))));
        peer.sendBytes(call, 0, split);
        peer.sendBytes(call, split, call.length);
        Result result = peer.expectResult(id);
        Peer.require(result.getOutput().size() == 200, "200 bytes of output", result);
      }
    }
  }

  private static void glued(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      byte[][] all = new byte[GLUED_CALLS + 2][];
      all[0] = Say.frames(Peer.message(peer.toOpen()));
      for (int i = 1; i <= GLUED_CALLS; i++) {
        all[i] = Say.frames(Say.call(peer.nextId(), "add", Say.i64(1)));
      }
      all[GLUED_CALLS + 1] = Say.frames(Say.close());
      peer.sendBytes(Say.join(all));
      peer.expectOpened();
      for (int i = 1; i <= GLUED_CALLS; i++) {
        Result result = peer.expectResult(i);
        Peer.require(result.getValues(0).getI64() == i, "the sum " + i, result);
      }
      peer.expectClosed(CloseReason.CLIENT_CLOSED);
    }
  }

  /** Each of these ends a session of its own with this error. */
  private static void refused(Target target, ErrorCode code, String... bytes) throws Finding {
    for (String digits : bytes) {
      try (var peer = new Peer(target)) {
        peer.open();
        peer.sendBytes(hex(digits));
        peer.expectLastError(code);
      } catch (Finding e) {
        throw new Finding("after the bytes " + digits + ": " + e.getMessage(), e);
      }
    }
  }

  private static void tooLarge(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      int most = peer.open().getLimits().getFrameBytes();
      Peer.require(most > 0, "Opened doesn't tell limits.frame_bytes");
      // The length alone: nobody may wait for the body.
      peer.sendBytes(lengthOf(most + 1));
      peer.expectLastError(ErrorCode.FRAME_TOO_LARGE);
    }
  }

  private static byte[] lengthOf(int value) {
    byte[] bytes = new byte[5];
    int count = 0;
    for (; value >>> 7 != 0; value >>>= 7) {
      bytes[count++] = (byte) (value | 0x80);
    }
    bytes[count++] = (byte) value;
    return Arrays.copyOf(bytes, count);
  }

  private static void largest(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      int most = peer.open().getLimits().getFrameBytes();
      // `get` doesn't look at its input; the rest of the message takes some bytes itself.
      int rest = Say.call(1, "get", ByteString.copyFrom(new byte[most / 2])).getSerializedSize();
      int input = most - (rest - most / 2);
      for (int size = input - 8; size <= input + 8; size++) {
        var call = Say.call(1, "get", ByteString.copyFrom(new byte[size]));
        if (call.getSerializedSize() == most) {
          peer.send(call);
          peer.expectResult(1);
          return;
        }
      }
      throw new Finding("no message has exactly " + most + " bytes");
    }
  }

  private static void endWithin(Target target) throws Finding, Skip {
    try (var peer = new Peer(target)) {
      if (!peer.canEndOutput()) {
        throw new Skip("TLS 1.2 can't end one direction alone");
      }
      peer.open();
      peer.send(Say.call(peer.nextId(), "get"));
      peer.sendBytes(hex("0a 12 08"));
      peer.endOutput();
      peer.expectResult(1);
      peer.expectLastError(ErrorCode.MALFORMED_FRAME);
    }
  }

  private static void canonical(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      // Lengths of one, two and three bytes, and those beside their borders. The reading is strict.
      for (int size = 0; size < 140; size++) {
        peer.call("fill", Say.i32(size));
      }
      for (int size : new int[] {16_370, 16_376, 16_380, 16_384, 70_000}) {
        peer.call("fill", Say.i32(size));
      }
      peer.send(Say.ping(0), Say.close());
      peer.expectPong(0);
      peer.expectClosed(CloseReason.CLIENT_CLOSED);
    }
  }

  /** Each of these is the body of {@code call { id: 1 name: "echo" input: "ab" }}. */
  private static void sameCall(Target target, String... bodies) throws Finding {
    for (String digits : bodies) {
      try (var peer = new Peer(target)) {
        peer.open();
        byte[] body = hex(digits);
        peer.sendBytes(Say.frame(Say.join(new byte[] {0x12, (byte) body.length}, body)));
        Result result = peer.expectResult(1);
        Peer.require(result.getOutput().equals(Say.utf8("ab")), "the output \"ab\"", result);
      } catch (Finding e) {
        throw new Finding("after the call " + digits + ": " + e.getMessage(), e);
      }
    }
  }

  private static void repeated(Target target) throws Finding {
    try (var peer = new Peer(target)) {
      peer.open();
      var call = Say.callOf(peer.nextId(), "get");
      for (int i = 0; i < REPEATED_AT_MOST; i++) {
        call.addArguments(Say.i32(i));
      }
      peer.send(Say.call(call));
      peer.expectError(1, ErrorCode.INVALID_ARGUMENTS);
      peer.send(Say.call(call.setId(peer.nextId()).addArguments(Say.i32(0))));
      peer.expectLastError(ErrorCode.MALFORMED_MESSAGE);
    }
    try (var peer = new Peer(target)) {
      var open = peer.toOpen();
      for (int i = 0; i <= REPEATED_AT_MOST; i++) {
        open.putConfig("key" + i, "");
      }
      peer.send(Peer.message(open));
      peer.expectLastError(ErrorCode.MALFORMED_MESSAGE);
    }
  }

  private static void garbage(Target target) throws Finding {
    for (String digits : List.of("04 12 08 08 02", "02 07 01", "03 00 01 01", "02 16 00")) {
      refused(target, ErrorCode.MALFORMED_MESSAGE, digits);
      try (var peer = new Peer(target)) {
        peer.sendBytes(hex(digits));
        peer.expectLastError(ErrorCode.MALFORMED_MESSAGE);
      }
    }
    try (var peer = new Peer(target)) {
      Opened opened = peer.open();
      Peer.require(opened.hasLimits(), "limits", opened);
      // A call in whose middle there is a call of another kind: nothing after it is believed.
      peer.sendBytes(Say.join(Say.frames(Say.call(1, "get")), hex("01 ff"), hex("02 2a 00")));
      peer.expectResult(1);
      peer.expectLastError(ErrorCode.MALFORMED_MESSAGE);
    }
  }
}
