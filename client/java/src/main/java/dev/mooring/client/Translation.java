package dev.mooring.client;

import com.google.protobuf.ByteString;
import dev.mooring.proto.ResultReader;
import dev.mooring.proto.v1.Acknowledge;
import dev.mooring.proto.v1.Cancel;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Close;
import dev.mooring.proto.v1.Closed;
import dev.mooring.proto.v1.Durability;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.Export;
import dev.mooring.proto.v1.GoAway;
import dev.mooring.proto.v1.Kept;
import dev.mooring.proto.v1.Limits;
import dev.mooring.proto.v1.NamePolicy;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Opened;
import dev.mooring.proto.v1.Ping;
import dev.mooring.proto.v1.Resume;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Between this library's types and the protocol's messages. */
final class Translation {
  private static final int PROTOCOL_VERSION = 1;

  static final ClientMessage CLOSE =
      ClientMessage.newBuilder().setClose(Close.getDefaultInstance()).build();

  private static final ErrorCode[] CODES = ErrorCode.values();

  static ClientMessage open(OpenOptions options) {
    var open =
        Open.newBuilder()
            .setProtocolVersion(PROTOCOL_VERSION)
            .setModule(options.module())
            .putAllConfig(options.config());
    if (!options.limits().equals(SessionLimits.DEFAULTS)) {
      open.setLimits(limits(options.limits()));
    }
    String authToken = options.authToken();
    if (authToken != null) {
      open.setAuthToken(authToken);
    }
    Keep keep = options.keep();
    if (keep != null) {
      open.setKeep(keep(keep));
    }
    return ClientMessage.newBuilder().setOpen(open).build();
  }

  /** Goes on with a kept session, of which all up to a sequence has come. */
  static ClientMessage resume(@Nullable String authToken, OpenOptions.Resume resume) {
    var open =
        Open.newBuilder()
            .setProtocolVersion(PROTOCOL_VERSION)
            .setResume(
                Resume.newBuilder()
                    .setToken(ByteString.copyFrom(resume.token().bytes()))
                    .setReceived(resume.received()));
    if (authToken != null) {
      open.setAuthToken(authToken);
    }
    return ClientMessage.newBuilder().setOpen(open).build();
  }

  private static dev.mooring.proto.v1.Keep keep(Keep keep) {
    String name = keep.name();
    return dev.mooring.proto.v1.Keep.newBuilder()
        .setTtlMs(Durations.toMillisRoundedUp(keep.ttl()))
        .setDurability(
            switch (keep.durability()) {
              case MEMORY -> Durability.MEMORY;
              case ASYNC -> Durability.ASYNC;
              case DISK -> Durability.DISK;
            })
        .setName(name == null ? "" : name)
        .setNamePolicy(
            switch (keep.namePolicy()) {
              case MAY_EXIST -> NamePolicy.MAY_EXIST;
              case MUST_EXIST -> NamePolicy.MUST_EXIST;
              case MUST_BE_NEW -> NamePolicy.MUST_BE_NEW;
            })
        .build();
  }

  /** What was granted. */
  static Keep keep(Kept kept) throws ProtocolViolation {
    return new Keep(
        // Unsigned on the wire, and more than anybody waits.
        Duration.ofMillis(kept.getTtlMs() < 0 ? Long.MAX_VALUE : kept.getTtlMs()),
        switch (kept.getDurability()) {
          case MEMORY -> Keep.Durability.MEMORY;
          case ASYNC -> Keep.Durability.ASYNC;
          case DISK -> Keep.Durability.DISK;
          case UNRECOGNIZED ->
              throw new ProtocolViolation(
                  "a session is kept with durability %d, which the protocol doesn't have"
                      .formatted(kept.getDurabilityValue()));
        },
        kept.getName().isEmpty() ? null : kept.getName(),
        Keep.NamePolicy.MAY_EXIST);
  }

  static SessionToken token(Kept kept) throws ProtocolViolation {
    if (kept.getToken().isEmpty()) {
      throw new ProtocolViolation("a session is kept without a token");
    }
    return SessionToken.of(kept.getToken().toByteArray());
  }

  static ClientMessage cancel(long id) {
    return ClientMessage.newBuilder().setCancel(Cancel.newBuilder().setId(id)).build();
  }

  static ClientMessage acknowledge(long received) {
    return ClientMessage.newBuilder()
        .setAcknowledge(Acknowledge.newBuilder().setReceived(received))
        .build();
  }

  static ClientMessage ping(long token) {
    return ClientMessage.newBuilder().setPing(Ping.newBuilder().setToken(token)).build();
  }

  static List<ExportedFunction> exports(Opened opened) throws ProtocolViolation {
    var functions = new ArrayList<ExportedFunction>(opened.getExportsCount());
    for (Export export : opened.getExportsList()) {
      functions.add(
          new ExportedFunction(
              export.getName(),
              functions.size(),
              types(export.getParametersList()),
              types(export.getResultsList())));
    }
    return List.copyOf(functions);
  }

  static SessionLimits limits(Limits limits) {
    return new SessionLimits(
        // Unsigned on the wire; nobody has so much that the difference shows.
        limits.getMemoryBytes() < 0 ? Long.MAX_VALUE : limits.getMemoryBytes(),
        Duration.ofMillis(Integer.toUnsignedLong(limits.getCallTimeoutMs())),
        Integer.toUnsignedLong(limits.getOutputBytes()),
        Integer.toUnsignedLong(limits.getEventsPerCall()),
        Integer.toUnsignedLong(limits.getQueuedCalls()),
        Integer.toUnsignedLong(limits.getQueuedBytes()),
        Integer.toUnsignedLong(limits.getFrameBytes()));
  }

  static MooringException error(Error error) {
    return new MooringException(
        code(error.getCodeValue()),
        error.getMessage(),
        error.getRetryable(),
        true,
        switch (error.getTrap()) {
          case TRAP_KIND_UNSPECIFIED -> null;
          case UNREACHABLE -> TrapKind.UNREACHABLE;
          case OUT_OF_BOUNDS_MEMORY -> TrapKind.OUT_OF_BOUNDS_MEMORY;
          case OUT_OF_BOUNDS_TABLE -> TrapKind.OUT_OF_BOUNDS_TABLE;
          case INDIRECT_CALL_TYPE -> TrapKind.INDIRECT_CALL_TYPE;
          case UNINITIALIZED_ELEMENT -> TrapKind.UNINITIALIZED_ELEMENT;
          case INTEGER_DIVIDE_BY_ZERO -> TrapKind.INTEGER_DIVIDE_BY_ZERO;
          case INTEGER_OVERFLOW -> TrapKind.INTEGER_OVERFLOW;
          case INVALID_CONVERSION -> TrapKind.INVALID_CONVERSION;
          case STACK_EXHAUSTED -> TrapKind.STACK_EXHAUSTED;
          case OUT_OF_MEMORY -> TrapKind.OUT_OF_MEMORY;
          case UNRECOGNIZED -> TrapKind.UNKNOWN;
        },
        error.getId(),
        null);
  }

  /** Copies what the reader has read, which must be a result. */
  static CallResult result(ResultReader reader, ByteBuf body) throws ProtocolViolation {
    return new CallResult(values(reader), bytes(reader, body));
  }

  /** Copies a result's output or an event's payload. */
  static byte[] bytes(ResultReader reader, ByteBuf body) {
    int length = reader.bytesLength();
    if (length == 0) {
      return CallRequest.NO_INPUT;
    }
    var bytes = new byte[length];
    body.getBytes(reader.bytesIndex(), bytes);
    return bytes;
  }

  static byte type(Value value) {
    return (byte)
        switch (value) {
          case Value.I32 _ -> dev.mooring.proto.v1.ValueType.I32_VALUE;
          case Value.I64 _ -> dev.mooring.proto.v1.ValueType.I64_VALUE;
          case Value.F32 _ -> dev.mooring.proto.v1.ValueType.F32_VALUE;
          case Value.F64 _ -> dev.mooring.proto.v1.ValueType.F64_VALUE;
        };
  }

  static long bits(Value value) {
    return switch (value) {
      case Value.I32(int i32) -> i32;
      case Value.I64(long i64) -> i64;
      case Value.F32(float f32) -> Integer.toUnsignedLong(Float.floatToRawIntBits(f32));
      case Value.F64(double f64) -> Double.doubleToRawLongBits(f64);
    };
  }

  static GoAwayReason reason(GoAway goAway) {
    return switch (goAway.getReason()) {
      case SERVER_SHUTDOWN -> GoAwayReason.SERVER_SHUTDOWN;
      case SESSION_LIFETIME -> GoAwayReason.SESSION_LIFETIME;
      case OPERATOR -> GoAwayReason.OPERATOR;
      case GO_AWAY_REASON_UNSPECIFIED, UNRECOGNIZED -> GoAwayReason.UNKNOWN;
    };
  }

  static CloseReason reason(Closed closed) throws ProtocolViolation {
    return switch (closed.getReason()) {
      case CLIENT_CLOSED -> CloseReason.CLIENT_CLOSED;
      case GONE_AWAY -> CloseReason.GONE_AWAY;
      case DETACHED -> CloseReason.DETACHED;
      case CLOSE_REASON_UNSPECIFIED, UNRECOGNIZED ->
          throw new ProtocolViolation(
              "the session was closed for reason %d, which the protocol doesn't have"
                  .formatted(closed.getReasonValue()));
    };
  }

  private static List<Value> values(ResultReader reader) throws ProtocolViolation {
    int count = reader.valueCount();
    if (count == 0) {
      return List.of();
    }
    var values = new Value[count];
    for (int i = 0; i < count; i++) {
      values[i] = value(reader.types()[i], reader.values()[i]);
    }
    return List.of(values);
  }

  private static Value value(byte type, long bits) throws ProtocolViolation {
    return switch (type) {
      case dev.mooring.proto.v1.ValueType.I32_VALUE -> Value.i32((int) bits);
      case dev.mooring.proto.v1.ValueType.I64_VALUE -> Value.i64(bits);
      case dev.mooring.proto.v1.ValueType.F32_VALUE -> Value.f32(Float.intBitsToFloat((int) bits));
      case dev.mooring.proto.v1.ValueType.F64_VALUE -> Value.f64(Double.longBitsToDouble(bits));
      default -> throw new ProtocolViolation("a result has a value of an unknown type");
    };
  }

  private static Limits limits(SessionLimits limits) {
    // The wire's numbers are unsigned: SessionLimits has checked that they fit.
    return Limits.newBuilder()
        .setMemoryBytes(limits.memoryBytes())
        .setCallTimeoutMs((int) limits.callTimeout().toMillis())
        .setOutputBytes((int) limits.outputBytes())
        .setEventsPerCall((int) limits.eventsPerCall())
        .setQueuedCalls((int) limits.queuedCalls())
        .setQueuedBytes((int) limits.queuedBytes())
        .setFrameBytes((int) limits.frameBytes())
        .build();
  }

  private static List<ValueType> types(List<dev.mooring.proto.v1.ValueType> types)
      throws ProtocolViolation {
    var read = new ArrayList<ValueType>(types.size());
    for (var type : types) {
      read.add(
          switch (type) {
            case I32 -> ValueType.I32;
            case I64 -> ValueType.I64;
            case F32 -> ValueType.F32;
            case F64 -> ValueType.F64;
            case VALUE_TYPE_UNSPECIFIED, UNRECOGNIZED ->
                throw new ProtocolViolation("an exported function has a value of an unknown type");
          });
    }
    return List.copyOf(read);
  }

  private static ErrorCode code(int number) {
    for (ErrorCode code : CODES) {
      if (code.number() == number && code.scope() != ErrorCode.Scope.CLIENT) {
        return code;
      }
    }
    return ErrorCode.UNKNOWN;
  }

  private Translation() {}
}
