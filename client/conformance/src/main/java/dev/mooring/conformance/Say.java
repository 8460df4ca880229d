package dev.mooring.conformance;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.Cancel;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Close;
import dev.mooring.proto.v1.Ping;
import dev.mooring.proto.v1.Value;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HexFormat;

/** What a client can say, and what it shouldn't: messages, and bytes that are none. */
final class Say {
  private Say() {}

  /** A frame of these bytes, whatever they are. */
  static byte[] frame(byte[] body) {
    var out = new ByteArrayOutputStream();
    int left = body.length;
    for (; left > 0x7F; left >>>= 7) {
      out.write((left & 0x7F) | 0x80);
    }
    out.write(left);
    out.writeBytes(body);
    return out.toByteArray();
  }

  static byte[] frames(Message... messages) {
    var out = new ByteArrayOutputStream();
    try {
      for (Message message : messages) {
        message.writeDelimitedTo(out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** Bytes from their digits, blanks between them. */
  static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }

  static byte[] join(byte[]... pieces) {
    var out = new ByteArrayOutputStream();
    for (byte[] piece : pieces) {
      out.writeBytes(piece);
    }
    return out.toByteArray();
  }

  static ClientMessage call(long id, String function, Value... arguments) {
    return call(id, function, ByteString.EMPTY, arguments);
  }

  static ClientMessage call(long id, String function, ByteString input, Value... arguments) {
    return call(callOf(id, function, arguments).setInput(input));
  }

  static ClientMessage call(Call.Builder call) {
    return ClientMessage.newBuilder().setCall(call).build();
  }

  static Call.Builder callOf(long id, String function, Value... arguments) {
    var call = Call.newBuilder().setId(id).setName(function);
    for (Value argument : arguments) {
      call.addArguments(argument);
    }
    return call;
  }

  static ClientMessage cancel(long id) {
    return ClientMessage.newBuilder().setCancel(Cancel.newBuilder().setId(id)).build();
  }

  static ClientMessage ping(long token) {
    return ClientMessage.newBuilder().setPing(Ping.newBuilder().setToken(token)).build();
  }

  static ClientMessage close() {
    return ClientMessage.newBuilder().setClose(Close.getDefaultInstance()).build();
  }

  static Value i32(int value) {
    return Value.newBuilder().setI32(value).build();
  }

  static Value i64(long value) {
    return Value.newBuilder().setI64(value).build();
  }

  static Value f32(float value) {
    return Value.newBuilder().setF32(value).build();
  }

  static Value f64(double value) {
    return Value.newBuilder().setF64(value).build();
  }

  static ByteString utf8(String text) {
    return ByteString.copyFromUtf8(text);
  }
}
