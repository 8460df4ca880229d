package dev.mooring.proto;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import com.google.protobuf.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Says of each byte of a frame that we wrote what it is there for. */
final class FrameExplainer {
  /** Some bytes and what they mean. */
  record Row(ByteString bytes, String meaning) {}

  private static final TextFormat.Printer TEXT =
      TextFormat.printer().emittingSingleLine(true).escapingNonAscii(false);

  private final byte[] frame;
  private final List<Row> rows = new ArrayList<>();

  private FrameExplainer(byte[] frame) {
    this.frame = frame;
  }

  static byte[] encode(Message message) {
    ByteBuf out = Unpooled.buffer(0);
    Frames.write(out, message);
    return ByteBufUtil.getBytes(out);
  }

  static List<Row> explain(Message message) {
    byte[] frame = encode(message);
    var explainer = new FrameExplainer(frame);
    try {
      explainer.frame(message.getDescriptorForType());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return explainer.rows;
  }

  private void frame(Descriptor type) throws IOException {
    int body = frame.length - Frames.varintSize(lengthOf(frame.length));
    row(0, frame.length - body, "a frame of " + bytes(body));
    message(type, frame.length - body, frame.length, "");
  }

  /** The length whose varint and body together are {@code frameLength}. */
  private static int lengthOf(int frameLength) {
    int body = frameLength;
    while (Frames.frameBytes(body) > frameLength) {
      body--;
    }
    return body;
  }

  private void message(Descriptor type, int from, int to, String indent) throws IOException {
    CodedInputStream input = CodedInputStream.newInstance(frame, from, to - from);
    while (!input.isAtEnd()) {
      int start = from + input.getTotalBytesRead();
      int tag = input.readTag();
      FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
      String what = indent + "field " + field.getNumber() + ", " + field.getName() + ": ";
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        int length = input.readRawVarint32();
        int inner = from + input.getTotalBytesRead();
        row(start, inner, what + name(field) + " of " + bytes(length));
        message(field.getMessageType(), inner, inner + length, indent + "  ");
        input.skipRawBytes(length);
      } else {
        input.skipField(tag);
        int end = from + input.getTotalBytesRead();
        row(start, end, what + value(type, field, start, end));
      }
    }
  }

  /** A field's value, as protobuf's text format writes it. */
  private String value(Descriptor type, FieldDescriptor field, int start, int end)
      throws IOException {
    Message alone = DynamicMessage.parseFrom(type, ByteString.copyFrom(frame, start, end - start));
    if (field.isRepeated()) {
      var values = new ArrayList<String>();
      for (Object value : (List<?>) alone.getField(field)) {
        values.add(String.valueOf(value));
      }
      return String.join(", ", values) + " (packed)";
    }
    String text = TEXT.printFieldToString(field, alone.getField(field)).strip();
    String value = text.substring(text.indexOf(':') + 2);
    return field.getJavaType() == FieldDescriptor.JavaType.ENUM
        ? value + " (" + ((EnumValueDescriptor) alone.getField(field)).getNumber() + ")"
        : value;
  }

  private static String name(FieldDescriptor field) {
    return field.isMapField() ? "map entry" : field.getMessageType().getName();
  }

  private void row(int from, int to, String meaning) {
    rows.add(new Row(ByteString.copyFrom(frame, from, to - from), meaning));
  }

  private static String bytes(int count) {
    return count == 1 ? "1 byte" : count + " bytes";
  }
}
