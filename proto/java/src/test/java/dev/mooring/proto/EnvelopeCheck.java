package dev.mooring.proto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Event;
import dev.mooring.proto.v1.Pong;
import dev.mooring.proto.v1.Result;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.proto.v1.Value;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;

/** Holds the hand-written readers and writers against protobuf-java, which is right. */
final class EnvelopeCheck {
  final CallReader calls = new CallReader();
  final ResultReader results = new ResultReader();

  void assertClient(ClientMessage expected, byte[] bytes, String what) throws MessageException {
    // Not at index 0, so that a body's indices and an array's can't be taken for each other.
    ByteBuf body =
        Unpooled.wrappedBuffer(new byte[3], bytes, new byte[2]).slice(2, bytes.length + 1);
    body.skipBytes(1);
    assertEquals(expected.getMessageCase(), calls.read(body), what);
    assertEquals(bytes.length, body.readableBytes(), what);
    if (!expected.hasCall()) {
      assertEquals(expected, calls.message(), what);
      return;
    }
    Call call = expected.getCall();
    assertEquals(call.getId(), calls.id(), what);
    assertEquals(call.getFunctionCase(), calls.function(), what);
    if (call.hasName()) {
      assertEquals(call.getName(), calls.functionName(), what);
    }
    assertEquals(call.getIndex(), calls.functionIndex(), what);
    assertEquals(call.getTimeoutMs(), calls.timeoutMs(), what);
    assertEquals(call.getTraceparent(), calls.traceparent(), what);
    assertValues(call.getArgumentsList(), calls, what);
    assertBytes(call.getInput(), body, calls.inputIndex(), calls.inputLength(), what);
    assertThrows(IllegalStateException.class, calls::message);
  }

  void assertServer(ServerMessage expected, byte[] bytes, String what) throws MessageException {
    ByteBuf body =
        Unpooled.wrappedBuffer(new byte[3], bytes, new byte[2]).slice(2, bytes.length + 1);
    body.skipBytes(1);
    assertEquals(expected.getMessageCase(), results.read(body), what);
    switch (expected.getMessageCase()) {
      case RESULT -> {
        Result result = expected.getResult();
        assertEquals(result.getId(), results.id(), what);
        assertValues(result.getValuesList(), results, what);
        assertBytes(result.getOutput(), body, results.bytesIndex(), results.bytesLength(), what);
        assertEquals(result.getSequence(), results.sequence(), what);
      }
      case EVENT -> {
        Event event = expected.getEvent();
        assertBytes(event.getPayload(), body, results.bytesIndex(), results.bytesLength(), what);
        assertEquals(event.getSequence(), results.sequence(), what);
      }
      default -> assertEquals(expected, results.message(), what);
    }
  }

  private static void assertValues(List<Value> expected, EnvelopeReader reader, String what) {
    var values = new Values(expected);
    assertEquals(values.count(), reader.valueCount(), what);
    for (int i = 0; i < values.count(); i++) {
      assertEquals(values.types[i], reader.types()[i], what);
      assertEquals(values.bits[i], reader.values()[i], what);
    }
  }

  private static void assertBytes(
      ByteString expected, ByteBuf body, int index, int length, String what) {
    assertArrayEquals(expected.toByteArray(), ByteBufUtil.getBytes(body, index, length), what);
  }

  /** Of a call whose function is set. */
  static void assertWrites(Call call, String what) {
    var values = new Values(call.getArgumentsList());
    ByteBuf input = Unpooled.wrappedBuffer(call.getInput().toByteArray());
    ByteBuf out = Unpooled.buffer(0);
    if (call.hasName()) {
      CallWriter.writeCall(
          out,
          call.getId(),
          call.getName(),
          values.bits,
          values.types,
          values.count(),
          input,
          call.getTimeoutMs(),
          call.getTraceparent());
    } else {
      CallWriter.writeCall(
          out,
          call.getId(),
          call.getIndex(),
          values.bits,
          values.types,
          values.count(),
          input,
          call.getTimeoutMs(),
          call.getTraceparent());
    }
    assertFrame(ClientMessage.newBuilder().setCall(call).build(), out, what);
  }

  static void assertWrites(Result result, String what) {
    var values = new Values(result.getValuesList());
    ByteBuf output = Unpooled.wrappedBuffer(result.getOutput().toByteArray());
    ByteBuf out = Unpooled.buffer(0);
    ResultWriter.writeResult(
        out,
        Frames.VARINT,
        result.getId(),
        values.bits,
        values.types,
        values.count(),
        output,
        result.getSequence());
    assertFrame(ServerMessage.newBuilder().setResult(result).build(), out, what);
  }

  static void assertWrites(Event event, String what) {
    ByteBuf bytes = Unpooled.wrappedBuffer(event.getPayload().toByteArray());
    ByteBuf out = Unpooled.buffer(0);
    ResultWriter.writeEvent(
        out, Frames.VARINT, bytes, bytes.readerIndex(), bytes.readableBytes(), event.getSequence());
    assertFrame(ServerMessage.newBuilder().setEvent(event).build(), out, what);
  }

  static void assertWritesPong(long token, String what) {
    ByteBuf out = Unpooled.buffer(0);
    ResultWriter.writePong(out, token);
    assertFrame(
        ServerMessage.newBuilder().setPong(Pong.newBuilder().setToken(token)).build(), out, what);
  }

  static void assertFrame(MessageLite message, ByteBuf out, String what) {
    ByteBuf expected = Unpooled.buffer();
    Frames.write(expected, message);
    assertEquals(ByteBufUtil.hexDump(expected), ByteBufUtil.hexDump(out), what);
  }

  /** Typed values as raw bits, by the plainest of ways. */
  private static final class Values {
    final long[] bits;
    final byte[] types;

    Values(List<Value> values) {
      bits = new long[values.size()];
      types = new byte[values.size()];
      for (int i = 0; i < values.size(); i++) {
        Value value = values.get(i);
        types[i] = (byte) value.getValueCase().getNumber();
        bits[i] =
            switch (value.getValueCase()) {
              case I32 -> value.getI32();
              case I64 -> value.getI64();
              case F32 -> Float.floatToRawIntBits(value.getF32()) & 0xFFFF_FFFFL;
              case F64 -> Double.doubleToRawLongBits(value.getF64());
              case VALUE_NOT_SET -> 0;
            };
      }
    }

    int count() {
      return bits.length;
    }
  }
}
