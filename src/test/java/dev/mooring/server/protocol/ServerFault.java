package dev.mooring.server.protocol;

import static dev.mooring.server.testing.BreakingProxy.frame;
import static dev.mooring.server.testing.BreakingProxy.join;

import com.google.protobuf.ByteString;
import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.CloseReason;
import dev.mooring.proto.v1.Closed;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Event;
import dev.mooring.proto.v1.Export;
import dev.mooring.proto.v1.Ping;
import dev.mooring.proto.v1.Result;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.proto.v1.TrapKind;
import dev.mooring.proto.v1.Value;
import dev.mooring.server.testing.BreakingProxy;
import dev.mooring.server.testing.BreakingProxy.Fault;
import dev.mooring.server.testing.BreakingProxy.Line;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;

/**
 * A way in which a server is broken on purpose.
 *
 * @param name what it does
 * @param rule the id of the rule that it breaks, whose check must notice
 * @param maker makes the fault of one connection
 */
record ServerFault(String name, String rule, Supplier<Fault> maker) {
  private static final Parser<ClientMessage> KNOWN_FIELDS =
      DiscardUnknownFieldsParser.wrap(ClientMessage.parser());

  /** All of them. */
  static List<ServerFault> all() {
    return List.of(
        new ServerFault("reordered results", "C1", ReorderedResults::new),
        new ServerFault("events after their result", "V1", EventsAfterTheirResult::new),
        new ServerFault(
            "events of failed calls", "V3", () -> onError(ServerFault::withEventBefore)),
        new ServerFault("not rolled back", "C8", NotRolledBack::new),
        new ServerFault(
            "deadline exceeded not retryable",
            "R1",
            () -> onError(ServerFault::deadlineNotRetryable)),
        new ServerFault(
            "guest failed retryable", "R1", () -> onError(ServerFault::guestFailedRetryable)),
        new ServerFault(
            "wrong code for unknown function", "C4", () -> onError(ServerFault::wrongCode)),
        new ServerFault("errors without their call", "R2", () -> onError(ServerFault::withoutId)),
        new ServerFault("trap not told", "T1", () -> onError(ServerFault::withoutTrap)),
        new ServerFault("lengths not canonical", "F8", LengthsNotCanonical::new),
        new ServerFault("closed missing", "E1", () -> onClosed(new byte[0])),
        new ServerFault(
            "closed twice",
            "E6",
            () ->
                onClosed(
                    join(closed(CloseReason.CLIENT_CLOSED), closed(CloseReason.CLIENT_CLOSED)))),
        new ServerFault(
            "closed for another reason", "E1", () -> onClosed(closed(CloseReason.GONE_AWAY))),
        new ServerFault("connection left open", "E6", ConnectionLeftOpen::new),
        new ServerFault(
            "oversized frame taken", "F5", () -> insteadOf(ServerFault::isTooLong, ping())),
        new ServerFault(
            "empty message taken", "M7", () -> insteadOf(frame -> frame.length == 1, ping())),
        new ServerFault("groups taken", "M3", GroupsTaken::new),
        new ServerFault(
            "unknown fields refused",
            "M1",
            () -> insteadOf(ServerFault::hasUnknownFields, new byte[1])),
        new ServerFault("second open taken", "S3", SecondOpenTaken::new),
        new ServerFault(
            "version 2 taken",
            "O3",
            () -> onOpen(open -> open.getOpenBuilder().setProtocolVersion(1))),
        new ServerFault(
            "configuration lost", "O7", () -> onOpen(open -> open.getOpenBuilder().clearConfig())),
        new ServerFault(
            "limits not lowered", "O10", () -> onOpen(open -> open.getOpenBuilder().clearLimits())),
        new ServerFault("exports in another order", "O2", ExportsInAnotherOrder::new),
        new ServerFault("digest in upper case", "O1", DigestInUpperCase::new),
        new ServerFault("call lost on half close", "E2", CallLostOnHalfClose::new),
        new ServerFault("calls lost when many wait", "W1", CallsLostWhenManyWait::new),
        new ServerFault("read on behind close", "E3", ReadOnBehindClose::new),
        new ServerFault(
            "cancelled call runs", "P3", () -> insteadOf(ServerFault::isCancel, new byte[0])),
        new ServerFault("wrong pong", "P1", WrongPong::new),
        new ServerFault("pong after the calls", "P2", PongAfterTheCalls::new),
        new ServerFault("NaN made canonical", "C6", NanMadeCanonical::new));
  }

  @Override
  public String toString() {
    return rule + ": " + name;
  }

  // --- Faults made of a function

  /** What becomes of an error. */
  @FunctionalInterface
  private interface ErrorChange {
    byte[] apply(ServerMessage.Builder message);
  }

  private static Fault onError(ErrorChange change) {
    return new Fault() {
      @Override
      public byte[] fromServer(ServerMessage message, byte[] frame, Line line) {
        return message.hasError() ? change.apply(message.toBuilder()) : frame;
      }
    };
  }

  private static byte[] withEventBefore(ServerMessage.Builder message) {
    byte[] error = frame(message.build());
    return message.getError().getId() == 0 ? error : join(event("undone"), error);
  }

  private static byte[] deadlineNotRetryable(ServerMessage.Builder message) {
    if (message.getError().getCode() == ErrorCode.DEADLINE_EXCEEDED) {
      message.getErrorBuilder().setRetryable(false);
    }
    return frame(message.build());
  }

  private static byte[] guestFailedRetryable(ServerMessage.Builder message) {
    if (message.getError().getCode() == ErrorCode.GUEST_FAILED) {
      message.getErrorBuilder().setRetryable(true);
    }
    return frame(message.build());
  }

  private static byte[] wrongCode(ServerMessage.Builder message) {
    if (message.getError().getCode() == ErrorCode.FUNCTION_NOT_FOUND) {
      message.getErrorBuilder().setCode(ErrorCode.INVALID_ARGUMENTS);
    }
    return frame(message.build());
  }

  private static byte[] withoutId(ServerMessage.Builder message) {
    message.getErrorBuilder().clearId();
    return frame(message.build());
  }

  private static byte[] withoutTrap(ServerMessage.Builder message) {
    message.getErrorBuilder().setTrap(TrapKind.TRAP_KIND_UNSPECIFIED);
    return frame(message.build());
  }

  private static Fault onClosed(byte[] instead) {
    return new Fault() {
      @Override
      public byte[] fromServer(ServerMessage message, byte[] frame, Line line) {
        return message.hasClosed() ? instead : frame;
      }
    };
  }

  /** What becomes of an {@code Open}. */
  @FunctionalInterface
  private interface OpenChange {
    Object apply(ClientMessage.Builder open);
  }

  private static Fault onOpen(OpenChange change) {
    return new Fault() {
      @Override
      public byte[] fromClient(byte[] frame, Line line) {
        ClientMessage message = clientMessage(frame);
        if (message == null || !message.hasOpen()) {
          return frame;
        }
        ClientMessage.Builder open = message.toBuilder();
        change.apply(open);
        return frame(open.build());
      }
    };
  }

  /** Which frames of the client's. */
  @FunctionalInterface
  private interface Frames {
    boolean has(byte[] frame);
  }

  private static Fault insteadOf(Frames frames, byte[] instead) {
    return new Fault() {
      @Override
      public byte[] fromClient(byte[] frame, Line line) {
        return frames.has(frame) ? instead : frame;
      }
    };
  }

  /** A length of more than 4 MiB, which the proxy hands over without a body. */
  private static boolean isTooLong(byte[] frame) {
    return frame.length == 4 && frame[0] < 0 && frame[1] < 0 && frame[2] < 0;
  }

  private static boolean isCancel(byte[] frame) {
    ClientMessage message = Fault.clientMessage(frame);
    return message != null && message.hasCancel();
  }

  private static boolean hasUnknownFields(byte[] frame) {
    ClientMessage message = Fault.clientMessage(frame);
    return message != null
        && !(message.getUnknownFields().asMap().isEmpty()
            && message.getCall().getUnknownFields().asMap().isEmpty());
  }

  private static byte[] ping() {
    return frame(ClientMessage.newBuilder().setPing(Ping.newBuilder().setToken(404)).build());
  }

  private static byte[] event(String payload) {
    return frame(
        ServerMessage.newBuilder()
            .setEvent(Event.newBuilder().setPayload(ByteString.copyFromUtf8(payload)))
            .build());
  }

  private static byte[] closed(CloseReason reason) {
    return frame(
        ServerMessage.newBuilder().setClosed(Closed.newBuilder().setReason(reason)).build());
  }

  // --- Faults that remember

  private static final class ReorderedResults extends Fault {
    private byte[] held = new byte[0];

    @Override
    public byte[] fromServer(ServerMessage message, byte[] frame, Line line) {
      if (message.getResult().getId() == 5) {
        held = frame;
        return new byte[0];
      }
      byte[] both = join(frame, held);
      held = new byte[0];
      return both;
    }
  }

  private static final class EventsAfterTheirResult extends Fault {
    private byte[] held = new byte[0];

    @Override
    public byte[] fromServer(ServerMessage message, byte[] frame, Line line) {
      if (message.hasEvent()) {
        held = join(held, frame);
        return new byte[0];
      }
      byte[] all = join(frame, held);
      held = new byte[0];
      return all;
    }
  }

  private static final class NotRolledBack extends Fault {
    private long kept;

    @Override
    public byte[] fromServer(ServerMessage message, byte[] frame, Line line) {
      if (message.hasError()) {
        kept++;
      }
      if (!message.hasResult()
          || message.getResult().getValuesCount() == 0
          || !message.getResult().getValues(0).hasI64()) {
        return frame;
      }
      Result result = message.getResult();
      Value sum = Value.newBuilder().setI64(result.getValues(0).getI64() + kept).build();
      return frame(
          ServerMessage.newBuilder().setResult(result.toBuilder().setValues(0, sum)).build());
    }
  }

  private static final class LengthsNotCanonical extends Fault {
    @Override
    public byte[] fromServer(ServerMessage message, byte[] frame, Line line) {
      if (frame[0] < 0) {
        return frame;
      }
      byte[] length = {(byte) (frame[0] | 0x80), 0};
      return join(length, BreakingProxy.body(frame));
    }
  }

  private static final class ConnectionLeftOpen extends Fault {
    @Override
    public boolean staysOpen() {
      return true;
    }
  }

  private static final class GroupsTaken extends Fault {
    @Override
    public byte[] fromClient(byte[] frame, Line line) {
      try {
        return frame(KNOWN_FIELDS.parseFrom(BreakingProxy.body(frame)));
      } catch (InvalidProtocolBufferException e) {
        return frame;
      }
    }
  }

  private static final class SecondOpenTaken extends Fault {
    private boolean opened;

    @Override
    public byte[] fromClient(byte[] frame, Line line) {
      ClientMessage message = clientMessage(frame);
      if (message == null || !message.hasOpen()) {
        return frame;
      }
      byte[] taken = opened ? new byte[0] : frame;
      opened = true;
      return taken;
    }
  }

  private static final class ExportsInAnotherOrder extends Fault {
    @Override
    public byte[] fromServer(ServerMessage message, byte[] frame, Line line) {
      if (!message.hasOpened()) {
        return frame;
      }
      var exports = new ArrayList<Export>(message.getOpened().getExportsList());
      Collections.reverse(exports);
      ServerMessage.Builder changed = message.toBuilder();
      changed.getOpenedBuilder().clearExports().addAllExports(exports);
      return frame(changed.build());
    }
  }

  private static final class DigestInUpperCase extends Fault {
    @Override
    public byte[] fromServer(ServerMessage message, byte[] frame, Line line) {
      if (!message.hasOpened()) {
        return frame;
      }
      ServerMessage.Builder changed = message.toBuilder();
      String digest = changed.getOpened().getModuleDigest();
      changed.getOpenedBuilder().setModuleDigest(digest.replace("a", "A").replace("b", "B"));
      return frame(changed.build());
    }
  }

  private static final class CallLostOnHalfClose extends Fault {
    private byte[] held = new byte[0];

    @Override
    public byte[] fromClient(byte[] frame, Line line) {
      byte[] before = held;
      ClientMessage message = clientMessage(frame);
      boolean isCall = message != null && message.hasCall();
      held = isCall ? frame : new byte[0];
      return isCall ? before : join(before, frame);
    }
  }

  private static final class CallsLostWhenManyWait extends Fault {
    @Override
    public byte[] fromClient(byte[] frame, Line line) {
      ClientMessage message = clientMessage(frame);
      return message != null && message.getCall().getId() == 1_234 ? new byte[0] : frame;
    }
  }

  private static final class ReadOnBehindClose extends Fault {
    private byte[] close = new byte[0];

    @Override
    public byte[] fromClient(byte[] frame, Line line) {
      ClientMessage message = clientMessage(frame);
      if (message != null && message.hasClose()) {
        close = frame;
        return new byte[0];
      }
      byte[] both = join(frame, close);
      close = new byte[0];
      return both;
    }
  }

  private static final class WrongPong extends Fault {
    @Override
    public byte[] fromServer(ServerMessage message, byte[] frame, Line line) {
      if (!message.hasPong()) {
        return frame;
      }
      ServerMessage.Builder changed = message.toBuilder();
      changed.getPongBuilder().setToken(message.getPong().getToken() + 1);
      return frame(changed.build());
    }
  }

  private static final class PongAfterTheCalls extends Fault {
    private byte[] pong = new byte[0];

    @Override
    public byte[] fromServer(ServerMessage message, byte[] frame, Line line) {
      if (message.hasPong()) {
        pong = frame;
        return new byte[0];
      }
      // The check has ten calls wait.
      return message.getResult().getId() == 10 ? join(frame, pong) : frame;
    }
  }

  private static final class NanMadeCanonical extends Fault {
    @Override
    public byte[] fromServer(ServerMessage message, byte[] frame, Line line) {
      if (message.getResult().getValuesCount() != 1
          || !Double.isNaN(message.getResult().getValues(0).getF64())) {
        return frame;
      }
      ServerMessage.Builder changed = message.toBuilder();
      changed.getResultBuilder().getValuesBuilder(0).setF64(Double.NaN);
      return frame(changed.build());
    }
  }
}
