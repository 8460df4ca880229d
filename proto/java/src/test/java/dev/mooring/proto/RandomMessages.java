package dev.mooring.proto;

import com.google.protobuf.ByteString;
import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.Cancel;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Close;
import dev.mooring.proto.v1.CloseReason;
import dev.mooring.proto.v1.Closed;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.Event;
import dev.mooring.proto.v1.Export;
import dev.mooring.proto.v1.GoAway;
import dev.mooring.proto.v1.GoAwayReason;
import dev.mooring.proto.v1.Limits;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Opened;
import dev.mooring.proto.v1.Ping;
import dev.mooring.proto.v1.Pong;
import dev.mooring.proto.v1.Result;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.proto.v1.Value;
import dev.mooring.proto.v1.ValueType;
import java.util.Arrays;
import java.util.Random;

/** Messages, and what may become of their bytes on the way, from a seed. */
final class RandomMessages {
  private static final String[] NAMES = {
    "", "add", "größe", "加", "a\0b", "top_words", "\uD83D\uDE00"
  };

  private final Random random;

  RandomMessages(long seed) {
    random = new Random(seed);
  }

  ClientMessage client() {
    var message = ClientMessage.newBuilder();
    switch (random.nextInt(12)) {
      case 0 -> message.setOpen(open());
      case 1 -> message.setCancel(Cancel.newBuilder().setId(number()));
      case 2 -> message.setPing(Ping.newBuilder().setToken(number()));
      case 3 -> message.setClose(Close.getDefaultInstance());
      case 4 -> {}
      default -> message.setCall(call());
    }
    return message.build();
  }

  ServerMessage server() {
    var message = ServerMessage.newBuilder();
    switch (random.nextInt(14)) {
      case 0 -> message.setOpened(opened());
      case 1 ->
          message.setError(
              Error.newBuilder()
                  .setId(number())
                  .setCodeValue(random.nextInt(400))
                  .setMessage(name())
                  .setRetryable(random.nextBoolean())
                  .setTrapValue(random.nextInt(12)));
      case 2 -> message.setPong(Pong.newBuilder().setToken(number()));
      case 3 ->
          message.setGoAway(
              GoAway.newBuilder().setReason(GoAwayReason.SERVER_SHUTDOWN).setLastId(number()));
      case 4 -> message.setClosed(Closed.newBuilder().setReason(CloseReason.GONE_AWAY));
      case 5 -> {}
      case 6, 7, 8 ->
          message.setEvent(Event.newBuilder().setPayload(payload()).setSequence(sequence()));
      default -> message.setResult(result());
    }
    return message.build();
  }

  Call call() {
    var call = Call.newBuilder().setId(number()).setInput(payload());
    switch (random.nextInt(3)) {
      case 0 -> call.setName(name());
      case 1 -> call.setIndex((int) number());
      default -> {}
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      call.addArguments(value());
    }
    if (random.nextInt(4) == 0) {
      call.setTraceparent(name());
    }
    return call.setTimeoutMs((int) number()).build();
  }

  /** Half of all sessions aren't kept. */
  private long sequence() {
    return random.nextBoolean() ? 0 : number();
  }

  Result result() {
    var result = Result.newBuilder().setId(number()).setOutput(payload()).setSequence(sequence());
    for (int i = random.nextInt(3); i > 0; i--) {
      result.addValues(value());
    }
    return result.build();
  }

  /** What the wire, a bug or an enemy may make of {@code bytes}; sometimes nothing. */
  byte[] mutate(byte[] bytes, byte[] other) {
    byte[] mutated = bytes.clone();
    for (int i = random.nextInt(4); i > 0; i--) {
      mutated = mutateOnce(mutated, other);
    }
    return mutated;
  }

  private byte[] mutateOnce(byte[] bytes, byte[] other) {
    int at = random.nextInt(bytes.length + 1);
    return switch (random.nextInt(10)) {
      case 0 -> Arrays.copyOf(bytes, at);
      case 1 -> splice(bytes, at, 0, new byte[] {(byte) random.nextInt()});
      case 2 -> splice(bytes, at, 1, new byte[0]);
      // A tag in place of a byte, a tag added: unknown fields, wrong wire types, groups.
      case 3 -> splice(bytes, at, 1, new byte[] {(byte) random.nextInt(0x38)});
      case 4 -> splice(bytes, at, 0, new byte[] {(byte) random.nextInt(0x38)});
      // protobuf merges what is concatenated.
      case 5 -> splice(bytes, bytes.length, 0, other);
      case 6 -> splice(bytes, at, 0, other);
      case 7 -> {
        // The same fields in two occurrences of one member, or with more in it than there was.
        if (bytes.length < 2 || bytes[1] < 0 || bytes.length != bytes[1] + 2) {
          yield bytes;
        }
        byte[] inner = Arrays.copyOfRange(bytes, 2, bytes.length);
        byte[] doubled = splice(inner, inner.length, 0, inner);
        yield doubled.length > 127
            ? bytes
            : splice(new byte[] {bytes[0], (byte) doubled.length}, 2, 0, doubled);
      }
      case 8 -> {
        // A varint of one byte in more bytes than it needs, which protobuf puts up with.
        int varint = random.nextInt(3);
        if (varint >= bytes.length || bytes[varint] < 0) {
          yield bytes;
        }
        var longer = new byte[2 + random.nextInt(9)];
        Arrays.fill(longer, (byte) 0x80);
        longer[0] |= bytes[varint];
        longer[longer.length - 1] = 0;
        yield splice(bytes, varint, 1, longer);
      }
      default -> {
        if (at == bytes.length) {
          yield bytes;
        }
        byte[] flipped = bytes.clone();
        flipped[at] ^= (byte) (1 << random.nextInt(8));
        yield flipped;
      }
    };
  }

  private static byte[] splice(byte[] bytes, int at, int removed, byte[] inserted) {
    int tail = Math.min(at + removed, bytes.length);
    var spliced = new byte[at + inserted.length + bytes.length - tail];
    System.arraycopy(bytes, 0, spliced, 0, at);
    System.arraycopy(inserted, 0, spliced, at, inserted.length);
    System.arraycopy(bytes, tail, spliced, at + inserted.length, bytes.length - tail);
    return spliced;
  }

  private Open open() {
    var open =
        Open.newBuilder()
            .setProtocolVersion(random.nextInt(3))
            .setModule(name())
            .setAuthToken(name());
    for (int i = random.nextInt(3); i > 0; i--) {
      open.putConfig(name(), name());
    }
    if (random.nextBoolean()) {
      open.setLimits(limits());
    }
    return open.build();
  }

  private Opened opened() {
    var opened = Opened.newBuilder().setSessionId(name()).setLimits(limits());
    for (int i = random.nextInt(3); i > 0; i--) {
      opened.addExports(
          Export.newBuilder()
              .setName(name())
              .addParameters(ValueType.I32)
              .addResultsValue(random.nextInt(6)));
    }
    return opened.build();
  }

  private Limits limits() {
    return Limits.newBuilder().setMemoryBytes(number()).setFrameBytes((int) number()).build();
  }

  private Value value() {
    return switch (random.nextInt(9)) {
      case 0 -> Value.getDefaultInstance();
      case 1, 2 -> Value.newBuilder().setI32((int) number()).build();
      case 3, 4 -> Value.newBuilder().setI64(number()).build();
      case 5, 6 -> Value.newBuilder().setF32(Float.intBitsToFloat((int) number())).build();
      default -> Value.newBuilder().setF64(Double.longBitsToDouble(number())).build();
    };
  }

  /** Of every magnitude, either sign, and often a boundary of varints. */
  private long number() {
    long number = random.nextLong() >>> random.nextInt(64);
    return switch (random.nextInt(5)) {
      case 0 -> 0;
      case 1 -> -number;
      case 2 -> (1L << (7 * random.nextInt(10))) - random.nextInt(2);
      default -> number;
    };
  }

  private String name() {
    return NAMES[random.nextInt(NAMES.length)];
  }

  private ByteString payload() {
    var bytes = new byte[random.nextInt(8) == 0 ? random.nextInt(300) : random.nextInt(12)];
    random.nextBytes(bytes);
    return ByteString.copyFrom(bytes);
  }
}
