package dev.mooring.transport.wire.mooring;

import com.google.protobuf.ByteString;
import dev.mooring.guest.ExportedFunction;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.intake.ValueType;
import dev.mooring.proto.v1.CloseReason;
import dev.mooring.proto.v1.Closed;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Export;
import dev.mooring.proto.v1.GoAway;
import dev.mooring.proto.v1.GoAwayReason;
import dev.mooring.proto.v1.Keep;
import dev.mooring.proto.v1.Kept;
import dev.mooring.proto.v1.Limits;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Opened;
import dev.mooring.proto.v1.Resume;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.session.EndReason;
import dev.mooring.session.Keeping;
import dev.mooring.session.OpenRequest;
import dev.mooring.session.OpenedSession;
import dev.mooring.session.Problem;
import dev.mooring.session.SessionLimits;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Between the session's words and the messages of the wire. */
public final class Messages {
  private Messages() {}

  static OpenRequest openRequest(Open open) {
    Limits limits = open.getLimits();
    return new OpenRequest(
        open.getProtocolVersion(),
        open.getModule(),
        open.getConfigMap(),
        new OpenRequest.WantedLimits(
            limits.getMemoryBytes(),
            Integer.toUnsignedLong(limits.getCallTimeoutMs()),
            Integer.toUnsignedLong(limits.getOutputBytes()),
            Integer.toUnsignedLong(limits.getEventsPerCall()),
            Integer.toUnsignedLong(limits.getQueuedCalls()),
            Integer.toUnsignedLong(limits.getQueuedBytes())),
        open.getAuthToken(),
        open.hasKeep() ? keep(open.getKeep()) : null,
        open.hasResume() ? resume(open.getResume()) : null);
  }

  private static OpenRequest.Keep keep(Keep keep) {
    return new OpenRequest.Keep(
        keep.getTtlMs(), keep.getDurabilityValue(), keep.getName(), keep.getNamePolicyValue());
  }

  private static OpenRequest.Resume resume(Resume resume) {
    return new OpenRequest.Resume(
        HexFormat.of().formatHex(resume.getToken().toByteArray()), resume.getReceived());
  }

  static ServerMessage opened(OpenedSession session, int frameBytes) {
    SessionLimits limits = session.limits();
    var opened =
        Opened.newBuilder()
            .setSessionId(session.sessionId())
            .setModuleDigest(session.moduleDigest())
            .setServer(ServerName.NAME)
            .setLimits(
                Limits.newBuilder()
                    .setMemoryBytes(limits.memoryBytes())
                    .setCallTimeoutMs(limits.callTimeoutMillis())
                    .setOutputBytes(limits.outputBytes())
                    .setEventsPerCall(limits.eventsPerCall())
                    .setQueuedCalls(limits.queuedCalls())
                    .setQueuedBytes(limits.queuedBytes())
                    .setFrameBytes(frameBytes));
    for (ExportedFunction export : session.exports()) {
      opened.addExports(export(export));
    }
    if (session.keeping() != null) {
      opened.setKept(kept(session.keeping()));
    }
    return ServerMessage.newBuilder().setOpened(opened).build();
  }

  private static Kept kept(Keeping keeping) {
    return Kept.newBuilder()
        .setToken(ByteString.copyFrom(HexFormat.of().parseHex(keeping.token())))
        .setTtlMs(keeping.ttlMillis())
        .setDurabilityValue(keeping.durability().number())
        .setName(keeping.name())
        .setResumed(keeping.isResumed())
        .setCommittedId(keeping.committedId())
        .setUnacknowledgedMessages(keeping.limits().unacknowledgedMessages())
        .setUnacknowledgedBytes(keeping.limits().unacknowledgedBytes())
        .build();
  }

  private static Export export(ExportedFunction function) {
    var export = Export.newBuilder().setName(function.name());
    function.parameters().forEach(type -> export.addParametersValue(number(type)));
    function.results().forEach(type -> export.addResultsValue(number(type)));
    return export.build();
  }

  /** A type's number on the wire. */
  static byte number(ValueType type) {
    return switch (type) {
      case I32 -> dev.mooring.proto.v1.ValueType.I32_VALUE;
      case I64 -> dev.mooring.proto.v1.ValueType.I64_VALUE;
      case F32 -> dev.mooring.proto.v1.ValueType.F32_VALUE;
      case F64 -> dev.mooring.proto.v1.ValueType.F64_VALUE;
      case FUNCREF, EXTERNREF -> throw new IllegalArgumentException("no client sees a " + type);
    };
  }

  /** The type of a number on the wire; null for a value without a type. */
  static @Nullable ValueType type(byte number) {
    return switch (number) {
      case dev.mooring.proto.v1.ValueType.I32_VALUE -> ValueType.I32;
      case dev.mooring.proto.v1.ValueType.I64_VALUE -> ValueType.I64;
      case dev.mooring.proto.v1.ValueType.F32_VALUE -> ValueType.F32;
      case dev.mooring.proto.v1.ValueType.F64_VALUE -> ValueType.F64;
      default -> null;
    };
  }

  /**
   * An error.
   *
   * @param sequence of a kept session's; else 0
   * @param id the call's; else 0
   */
  public static ServerMessage error(long sequence, long id, Problem problem) {
    var error =
        Error.newBuilder()
            .setId(id)
            .setCode(ErrorCode.forNumber(problem.code().number()))
            .setMessage(problem.message())
            .setRetryable(problem.retryable())
            .setSequence(sequence);
    if (problem.trap() != null) {
      error.setTrap(trap(problem.trap()));
    }
    return ServerMessage.newBuilder().setError(error).build();
  }

  private static dev.mooring.proto.v1.TrapKind trap(TrapKind kind) {
    return dev.mooring.proto.v1.TrapKind.valueOf(kind.name());
  }

  static ServerMessage goAway(
      long lastId, dev.mooring.session.GoAwayReason reason, String message) {
    return ServerMessage.newBuilder()
        .setGoAway(
            GoAway.newBuilder()
                .setReason(GoAwayReason.valueOf(reason.name()))
                .setLastId(lastId)
                .setMessage(message))
        .build();
  }

  /** The last message of an ending in good order. */
  static ServerMessage closed(EndReason ending) {
    CloseReason reason =
        switch (ending) {
          case EndReason.GoneAway gone -> CloseReason.GONE_AWAY;
          case EndReason.Detached detached -> CloseReason.DETACHED;
          default -> CloseReason.CLIENT_CLOSED;
        };
    return ServerMessage.newBuilder().setClosed(Closed.newBuilder().setReason(reason)).build();
  }
}
