package dev.mooring.transport.wire.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import dev.mooring.transport.wire.Heard;
import dev.mooring.transport.wire.WireFormat;
import dev.mooring.transport.wire.mooring.MooringFormat;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Mooring's messages with gRPC's five bytes in front of each. */
final class GrpcFormat implements WireFormat {
  private static final int HEAD_BYTES = 5;

  private final MooringFormat messages = new MooringFormat();

  /** A message with another length in front. */
  private static byte[] framed(byte[] delimited) {
    try {
      var in = CodedInputStream.newInstance(delimited);
      int length = in.readRawVarint32();
      byte[] body = in.readRawBytes(length);
      return ByteBuffer.allocate(HEAD_BYTES + length)
          .put((byte) 0)
          .putInt(length)
          .put(body)
          .array();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public byte[] open(String module) {
    return framed(messages.open(module));
  }

  @Override
  public byte[] call(long id, String function, byte[] input, Object... arguments) {
    return framed(messages.call(id, function, input, arguments));
  }

  @Override
  public byte[] cancel(long id) {
    return framed(messages.cancel(id));
  }

  @Override
  public byte[] ping(long token) {
    return framed(messages.ping(token));
  }

  @Override
  public byte[] close() {
    return framed(messages.close());
  }

  @Override
  public byte[] beginning(int messageBytes) {
    return ByteBuffer.allocate(HEAD_BYTES).put((byte) 0).putInt(messageBytes).array();
  }

  @Override
  public byte[] garbage() {
    return new byte[] {-1, -1, -1, -1, -1, 1, 2, 3};
  }

  @Override
  public @Nullable Heard read(InputStream in) throws IOException {
    byte[] head = in.readNBytes(HEAD_BYTES);
    if (head.length == 0) {
      return null;
    }
    int length = ByteBuffer.wrap(head).getInt(1);
    byte[] body = in.readNBytes(length);
    if (head[0] != 0 || body.length < length) {
      throw new EOFException("within a message");
    }
    var delimited = new byte[CodedOutputStream.computeUInt32SizeNoTag(length) + length];
    var out = CodedOutputStream.newInstance(delimited);
    out.writeUInt32NoTag(length);
    out.writeRawBytes(body);
    return messages.read(new ByteArrayInputStream(delimited));
  }
}
