package dev.mooring.proto;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What protobuf-java alone makes of bytes, once groups are ruled out, and varints that don't end:
 * which it takes when it reads a number of 64 bits, and refuses when it skips one.
 */
final class Reference {
  private Reference() {}

  /** The message without unknown fields; null where it must be refused. */
  static <M extends Message> @Nullable M parse(byte[] bytes, M instance) {
    try {
      @SuppressWarnings("unchecked")
      var parser = (Parser<M>) instance.getParserForType();
      M message = DiscardUnknownFieldsParser.wrap(parser).parseFrom(bytes);
      return hasGroup(ByteString.copyFrom(bytes), instance.getDescriptorForType()) ? null : message;
    } catch (IOException e) {
      return null;
    }
  }

  /** Looks at the fields of a message as if no field were known, and at each of ours within. */
  private static boolean hasGroup(ByteString message, Descriptor type) throws IOException {
    message.newCodedInput().skipMessage();
    UnknownFieldSet fields = UnknownFieldSet.parseFrom(message);
    for (var field : fields.asMap().entrySet()) {
      if (!field.getValue().getGroupList().isEmpty()) {
        return true;
      }
      var known = type.findFieldByNumber(field.getKey());
      if (known != null && known.getJavaType() == JavaType.MESSAGE) {
        for (var bytes : field.getValue().getLengthDelimitedList()) {
          if (hasGroup(bytes, known.getMessageType())) {
            return true;
          }
        }
      }
    }
    return false;
  }
}
