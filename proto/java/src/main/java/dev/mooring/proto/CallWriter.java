package dev.mooring.proto;

import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.ClientMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/**
 * Writes calls: frame and message, in one go, byte for byte as protobuf-java would. For everything
 * else there is {@link Frames#write}. Any thread; no state.
 */
public final class CallWriter {
  private static final int CALL = ClientMessage.CALL_FIELD_NUMBER << 3 | 2;
  private static final int ID = Call.ID_FIELD_NUMBER << 3;
  private static final int NAME = Call.NAME_FIELD_NUMBER << 3 | 2;
  private static final int INDEX = Call.INDEX_FIELD_NUMBER << 3;
  private static final int ARGUMENT = Call.ARGUMENTS_FIELD_NUMBER << 3 | 2;
  private static final int INPUT = Call.INPUT_FIELD_NUMBER << 3 | 2;
  private static final int TIMEOUT = Call.TIMEOUT_MS_FIELD_NUMBER << 3;
  private static final int TRACEPARENT = Call.TRACEPARENT_FIELD_NUMBER << 3 | 2;

  private CallWriter() {}

  /**
   * Writes a call of the function at {@code index}.
   *
   * @param out stays the caller's; it grows at most once
   * @param values the arguments' raw bits, as {@link CallReader#values()} gives them
   * @param types numbers of {@code ValueType}, as {@link CallReader#types()} gives them
   * @param count how many of {@code values} and {@code types} count
   * @param input its readable bytes; stays the caller's, and its indices aren't moved
   * @param timeoutMs in milliseconds, unsigned; 0 for the default
   * @param traceparent of what trace it is a part; empty for none
   */
  public static void writeCall(
      ByteBuf out,
      long id,
      int index,
      long[] values,
      byte[] types,
      int count,
      ByteBuf input,
      int timeoutMs,
      String traceparent) {
    begin(
        out,
        id,
        1L + Frames.varintSize(index),
        values,
        types,
        count,
        input,
        timeoutMs,
        traceparent);
    out.writeByte(INDEX);
    Frames.writeVarint(out, index);
    end(out, values, types, count, input, timeoutMs, traceparent);
  }

  /** Writes a call of the function called {@code name}; otherwise as above. */
  public static void writeCall(
      ByteBuf out,
      long id,
      String name,
      long[] values,
      byte[] types,
      int count,
      ByteBuf input,
      int timeoutMs,
      String traceparent) {
    int nameBytes = ByteBufUtil.utf8Bytes(name);
    long functionBytes = 1L + Frames.varintSize(nameBytes) + nameBytes;
    begin(out, id, functionBytes, values, types, count, input, timeoutMs, traceparent);
    out.writeByte(NAME);
    Frames.writeVarint(out, nameBytes);
    ByteBufUtil.reserveAndWriteUtf8(out, name, nameBytes);
    end(out, values, types, count, input, timeoutMs, traceparent);
  }

  private static void begin(
      ByteBuf out,
      long id,
      long functionBytes,
      long[] values,
      byte[] types,
      int count,
      ByteBuf input,
      int timeoutMs,
      String traceparent) {
    EnvelopeWriter.begin(
        out,
        CALL,
        EnvelopeWriter.varintFieldBytes(id)
            + functionBytes
            + EnvelopeWriter.valueFieldsBytes(values, types, count)
            + EnvelopeWriter.bytesFieldBytes(input.readableBytes())
            + EnvelopeWriter.varintFieldBytes(Integer.toUnsignedLong(timeoutMs))
            + EnvelopeWriter.bytesFieldBytes(ByteBufUtil.utf8Bytes(traceparent)));
    EnvelopeWriter.writeVarintField(out, ID, id);
  }

  private static void end(
      ByteBuf out,
      long[] values,
      byte[] types,
      int count,
      ByteBuf input,
      int timeoutMs,
      String traceparent) {
    EnvelopeWriter.writeValueFields(out, ARGUMENT, values, types, count);
    int length = input.readableBytes();
    EnvelopeWriter.writeBytesHead(out, INPUT, length);
    out.writeBytes(input, input.readerIndex(), length);
    EnvelopeWriter.writeVarintField(out, TIMEOUT, Integer.toUnsignedLong(timeoutMs));
    int traceBytes = ByteBufUtil.utf8Bytes(traceparent);
    EnvelopeWriter.writeBytesHead(out, TRACEPARENT, traceBytes);
    ByteBufUtil.reserveAndWriteUtf8(out, traceparent, traceBytes);
  }
}
