package dev.mooring.capsule;

import dev.mooring.guest.call.CallLimits;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.HeapRoom;
import dev.mooring.guest.call.RecordedCall;
import dev.mooring.guest.call.TrapKind;
import dev.mooring.guest.call.WorldRecording;
import dev.mooring.state.SessionState;
import dev.mooring.state.StateException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * A capsule as bytes: the format that the package describes. Reading looks at length and checksum
 * first; after that it still believes nothing, and allocates no more than there is.
 */
final class CapsuleFormat {
  static final int VERSION = 1;
  static final int MAX_BYTES = 1 << 30;

  private static final byte[] MAGIC = "MOORCAPS".getBytes(StandardCharsets.US_ASCII);
  private static final int LENGTH_AT = MAGIC.length + Integer.BYTES;
  private static final int HEADER_BYTES = LENGTH_AT + Long.BYTES;
  private static final int CHECKSUM_BYTES = 4;

  private static final int TRAPPED = 1;
  private static final int FAILED = 2;
  private static final int EXITED = 3;
  private static final int TIMED_OUT = 4;
  private static final int OVER_LIMIT = 5;

  private CapsuleFormat() {}

  static byte[] write(Capsule capsule) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      out.write(MAGIC);
      out.writeInt(VERSION);
      out.writeLong(0); // Until it is known.
      write(capsule.server(), out);
      write(capsule.session(), out);
      write(capsule.module(), out);
      out.writeLong(capsule.takenMillis());
      write(capsule.call(), out);
      write(capsule.state().toBytes(), out);
      out.writeInt(capsule.modules().size());
      for (var module : new TreeMap<>(capsule.modules()).entrySet()) {
        write(module.getKey(), out);
        write(module.getValue(), out);
      }
      out.writeInt(0); // Likewise.
    } catch (IOException e) { // In memory there is none.
      throw new UncheckedIOException(e);
    }
    byte[] all = bytes.toByteArray();
    ByteBuffer whole = ByteBuffer.wrap(all).putLong(LENGTH_AT, all.length);
    whole.putInt(all.length - CHECKSUM_BYTES, checksum(all));
    return all;
  }

  private static int checksum(byte[] all) {
    var crc = new CRC32C();
    crc.update(all, 0, all.length - CHECKSUM_BYTES);
    return (int) crc.getValue();
  }

  private static void write(RecordedCall call, DataOutputStream out) throws IOException {
    write(call.function(), out);
    write(call.arguments(), out);
    write(call.input(), out);
    write(call.traceparent(), out);
    out.writeInt(call.config().size());
    for (var entry : new TreeMap<>(call.config()).entrySet()) {
      write(entry.getKey(), out);
      write(entry.getValue(), out);
    }
    out.writeInt(call.limits().timeoutMillis());
    out.writeInt(call.limits().outputBytes());
    out.writeInt(call.limits().events());
    out.writeInt(call.limits().timers());
    out.writeLong(call.memoryBytes());
    out.writeLong(call.room().budgetBytes());
    out.writeLong(call.room().windowBytes());
    out.writeLong(call.room().pageBytes());
    write(call.world().seed(), out);
    write(call.world().unixNanos(), out);
    write(call.world().monotonicNanos(), out);
    out.writeBoolean(call.world().isWhole());
    write(call.outcome(), out);
  }

  private static void write(CallOutcome outcome, DataOutputStream out) throws IOException {
    switch (outcome) {
      case CallOutcome.Trapped(TrapKind kind) -> write(TRAPPED, kind.name(), 0, out);
      case CallOutcome.Failed(String message) -> write(FAILED, message, 0, out);
      case CallOutcome.Exited(int status) -> write(EXITED, "", status, out);
      case CallOutcome.TimedOut t -> write(TIMED_OUT, "", 0, out);
      case CallOutcome.OverLimit(CallOutcome.Limit limit, long maximum) ->
          write(OVER_LIMIT, limit.name(), maximum, out);
      case CallOutcome.Committed c ->
          throw new IllegalArgumentException("a call that committed is no affair of capsules");
    }
  }

  private static void write(int kind, String text, long number, DataOutputStream out)
      throws IOException {
    out.writeByte(kind);
    write(text, out);
    out.writeLong(number);
  }

  private static void write(String text, DataOutputStream out) throws IOException {
    write(text.getBytes(StandardCharsets.UTF_8), out);
  }

  private static void write(byte[] bytes, DataOutputStream out) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static void write(long[] numbers, DataOutputStream out) throws IOException {
    out.writeInt(numbers.length);
    for (long number : numbers) {
      out.writeLong(number);
    }
  }

  static Capsule read(byte[] bytes) throws CapsuleException {
    checkWhole(bytes);
    int length = bytes.length - HEADER_BYTES - CHECKSUM_BYTES;
    try (var in = new DataInputStream(new ByteArrayInputStream(bytes, HEADER_BYTES, length))) {
      var capsule =
          new Capsule(
              text(in), text(in), text(in), in.readLong(), call(in), state(in), modules(in));
      if (in.available() > 0) {
        throw damaged(in.available() + " bytes behind its end");
      }
      return capsule;
    } catch (CapsuleException e) {
      throw e;
    } catch (EOFException e) {
      throw damaged("it ends too soon");
    } catch (IOException | IllegalArgumentException | StateException e) {
      throw damaged(String.valueOf(e.getMessage()));
    }
  }

  private static void checkWhole(byte[] bytes) throws CapsuleException {
    if (bytes.length < MAGIC.length
        || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new CapsuleException("it is no capsule: it doesn't begin with MOORCAPS");
    }
    if (bytes.length < HEADER_BYTES + CHECKSUM_BYTES) {
      throw new CapsuleException("it is cut off: it has " + bytes.length + " bytes");
    }
    ByteBuffer whole = ByteBuffer.wrap(bytes);
    int version = whole.getInt(MAGIC.length);
    if (version != VERSION) {
      throw new CapsuleException(
          "it is of version %s of the format, and this is for version %d: take the mooring that is"
                  .formatted(Integer.toUnsignedString(version), VERSION)
              + " as new as the server that made it");
    }
    long length = whole.getLong(LENGTH_AT);
    if (length != bytes.length) {
      throw new CapsuleException(
          length > bytes.length
              ? "it is cut off: it has %d bytes of %d".formatted(bytes.length, length)
              : "it has something behind its end, or is damaged");
    }
    if (whole.getInt(bytes.length - CHECKSUM_BYTES) != checksum(bytes)) {
      throw damaged("its checksum is another");
    }
  }

  private static CapsuleException damaged(String how) {
    return new CapsuleException("it is damaged: " + how);
  }

  private static RecordedCall call(DataInputStream in) throws IOException {
    return new RecordedCall(
        text(in),
        numbers(in),
        bytes(in),
        text(in),
        config(in),
        new CallLimits(in.readInt(), in.readInt(), in.readInt(), in.readInt()),
        notNegative(in.readLong()),
        new HeapRoom(
            notNegative(in.readLong()), notNegative(in.readLong()), notNegative(in.readLong())),
        new WorldRecording(bytes(in), numbers(in), numbers(in), in.readBoolean()),
        outcome(in));
  }

  private static long notNegative(long number) throws CapsuleException {
    if (number < 0) {
      throw damaged("a size of " + number);
    }
    return number;
  }

  private static Map<String, String> config(DataInputStream in) throws IOException {
    var config = new HashMap<String, String>();
    for (int i = count(in, 2 * Integer.BYTES); i > 0; i--) {
      config.put(text(in), text(in));
    }
    return config;
  }

  private static CallOutcome outcome(DataInputStream in) throws IOException {
    int kind = in.readUnsignedByte();
    String text = text(in);
    long number = in.readLong();
    return switch (kind) {
      case TRAPPED -> new CallOutcome.Trapped(trap(text));
      case FAILED -> new CallOutcome.Failed(text);
      case EXITED -> new CallOutcome.Exited((int) number);
      case TIMED_OUT -> new CallOutcome.TimedOut();
      case OVER_LIMIT -> new CallOutcome.OverLimit(limit(text), number);
      default -> throw damaged("an outcome of kind " + kind);
    };
  }

  private static TrapKind trap(String name) throws CapsuleException {
    TrapKind kind = TrapKind.named(name);
    if (kind == null) {
      throw damaged("a trap that nothing here has");
    }
    return kind;
  }

  private static CallOutcome.Limit limit(String name) throws CapsuleException {
    for (CallOutcome.Limit limit : CallOutcome.Limit.values()) {
      if (limit.name().equals(name)) {
        return limit;
      }
    }
    throw damaged("a limit that nothing here has");
  }

  private static SessionState state(DataInputStream in) throws IOException, StateException {
    return SessionState.fromBytes(bytes(in));
  }

  private static Map<String, byte[]> modules(DataInputStream in) throws IOException {
    var modules = new HashMap<String, byte[]>();
    for (int i = count(in, 2 * Integer.BYTES); i > 0; i--) {
      modules.put(text(in), bytes(in));
    }
    return modules;
  }

  /** How many things follow, each of so many bytes or more. */
  private static int count(DataInputStream in, int leastBytes) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > in.available() / leastBytes) {
      throw damaged("it announces more than it has");
    }
    return count;
  }

  private static String text(DataInputStream in) throws IOException {
    return new String(bytes(in), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(DataInputStream in) throws IOException {
    return in.readNBytes(count(in, 1));
  }

  private static long[] numbers(DataInputStream in) throws IOException {
    var numbers = new long[count(in, Long.BYTES)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = in.readLong();
    }
    return numbers;
  }
}
