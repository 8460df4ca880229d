package dev.mooring.proto;

import dev.mooring.proto.frame.Framing;
import dev.mooring.proto.v1.Event;
import dev.mooring.proto.v1.Pong;
import dev.mooring.proto.v1.Result;
import dev.mooring.proto.v1.ServerMessage;
import io.netty.buffer.ByteBuf;

/**
 * Writes what a server sends often: frame and message, in one go, byte for byte as protobuf-java
 * would. For everything else there is {@link Frames#write}. What stands in front of a message is a
 * varint where no {@link Framing} is named. Any thread; no state.
 *
 * <p>{@code out} stays the caller's everywhere; it grows at most once per message.
 */
public final class ResultWriter {
  private static final int RESULT = ServerMessage.RESULT_FIELD_NUMBER << 3 | 2;
  private static final int RESULT_ID = Result.ID_FIELD_NUMBER << 3;
  private static final int RESULT_VALUE = Result.VALUES_FIELD_NUMBER << 3 | 2;
  private static final int RESULT_OUTPUT = Result.OUTPUT_FIELD_NUMBER << 3 | 2;
  private static final int RESULT_SEQUENCE = Result.SEQUENCE_FIELD_NUMBER << 3;
  private static final int EVENT = ServerMessage.EVENT_FIELD_NUMBER << 3 | 2;
  private static final int EVENT_PAYLOAD = Event.PAYLOAD_FIELD_NUMBER << 3 | 2;
  private static final int EVENT_SEQUENCE = Event.SEQUENCE_FIELD_NUMBER << 3;
  private static final int PONG = ServerMessage.PONG_FIELD_NUMBER << 3 | 2;
  private static final int PONG_TOKEN = Pong.TOKEN_FIELD_NUMBER << 3;

  private ResultWriter() {}

  /**
   * Writes a {@code Result}.
   *
   * @param framing what stands in front of it
   * @param values raw bits, as {@link CallReader#values()} gives them
   * @param types numbers of {@code ValueType}, as {@link CallReader#types()} gives them
   * @param count how many of {@code values} and {@code types} count
   * @param output its readable bytes; stays the caller's, and its indices aren't moved
   * @param sequence of a kept session; 0 of any other
   */
  public static void writeResult(
      ByteBuf out,
      Framing framing,
      long id,
      long[] values,
      byte[] types,
      int count,
      ByteBuf output,
      long sequence) {
    int length = output.readableBytes();
    beginResult(out, framing, id, values, types, count, length, sequence);
    out.writeBytes(output, output.readerIndex(), length);
    EnvelopeWriter.writeVarintField(out, RESULT_SEQUENCE, sequence);
  }

  /**
   * Writes a {@code Result} up to its output, and makes room for it. The caller must then write
   * exactly {@code outputLength} bytes: so output goes straight from guest memory to the wire.
   *
   * @param framing what stands in front of it
   */
  public static void beginResult(
      ByteBuf out,
      Framing framing,
      long id,
      long[] values,
      byte[] types,
      int count,
      int outputLength) {
    beginResult(out, framing, id, values, types, count, outputLength, 0);
  }

  private static void beginResult(
      ByteBuf out,
      Framing framing,
      long id,
      long[] values,
      byte[] types,
      int count,
      int outputLength,
      long sequence) {
    EnvelopeWriter.begin(
        out,
        framing,
        RESULT,
        EnvelopeWriter.varintFieldBytes(id)
            + EnvelopeWriter.valueFieldsBytes(values, types, count)
            + EnvelopeWriter.bytesFieldBytes(outputLength)
            + EnvelopeWriter.varintFieldBytes(sequence));
    EnvelopeWriter.writeVarintField(out, RESULT_ID, id);
    EnvelopeWriter.writeValueFields(out, RESULT_VALUE, values, types, count);
    EnvelopeWriter.writeBytesHead(out, RESULT_OUTPUT, outputLength);
  }

  /**
   * Writes an {@code Event}.
   *
   * @param framing what stands in front of it
   * @param bytes hold the payload, from {@code index} on, {@code length} of them; they stay the
   *     caller's, and the indices aren't moved
   * @param sequence of a kept session; 0 of any other
   */
  public static void writeEvent(
      ByteBuf out, Framing framing, ByteBuf bytes, int index, int length, long sequence) {
    EnvelopeWriter.begin(
        out,
        framing,
        EVENT,
        EnvelopeWriter.bytesFieldBytes(length) + EnvelopeWriter.varintFieldBytes(sequence));
    EnvelopeWriter.writeBytesHead(out, EVENT_PAYLOAD, length);
    out.writeBytes(bytes, index, length);
    EnvelopeWriter.writeVarintField(out, EVENT_SEQUENCE, sequence);
  }

  /** Writes a {@code Pong}. */
  public static void writePong(ByteBuf out, long token) {
    writePong(out, Frames.VARINT, token);
  }

  /**
   * Writes a {@code Pong}.
   *
   * @param framing what stands in front of it
   */
  public static void writePong(ByteBuf out, Framing framing, long token) {
    EnvelopeWriter.begin(out, framing, PONG, EnvelopeWriter.varintFieldBytes(token));
    EnvelopeWriter.writeVarintField(out, PONG_TOKEN, token);
  }
}
