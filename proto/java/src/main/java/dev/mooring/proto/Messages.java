package dev.mooring.proto;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DiscardUnknownFieldsParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import com.google.protobuf.WireFormat;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.ServerMessage;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Reads whole messages with the generated classes, out of buffers that strangers filled. For
 * everything but calls, results and events, for which {@link CallReader} and {@link ResultReader}
 * are made. Any thread; no state.
 *
 * <p>What protobuf-java accepts is accepted, with these exceptions. Because a few bytes on the wire
 * would otherwise cost us many: groups are refused, at any depth; the repeated messages in one
 * frame (arguments, entries of a map, exports) are counted and bounded; and unknown fields are
 * skipped, not kept. Because other implementations do: a varint that doesn't end within ten bytes
 * is refused, which protobuf-java takes for a number in some places.
 */
public final class Messages {
  /** Arguments of a call, or entries of the configuration, in one frame from a client. */
  public static final int MAX_CLIENT_ELEMENTS = 1_000;

  /** Values or exports in one frame from a server. */
  public static final int MAX_SERVER_ELEMENTS = 100_000;

  /** The deepest message of ours is three deep; a map's entry counts as one. */
  private static final int MAX_DEPTH = 8;

  private static final Parser<ClientMessage> CLIENT_PARSER =
      DiscardUnknownFieldsParser.wrap(ClientMessage.parser());
  private static final Parser<ServerMessage> SERVER_PARSER =
      DiscardUnknownFieldsParser.wrap(ServerMessage.parser());

  private Messages() {}

  /**
   * Reads what a client sent.
   *
   * @param body a frame's body; it stays the caller's, its indices aren't moved, and the message
   *     shares no memory with it
   * @throws MessageException if it isn't a {@code ClientMessage}, or one that is out of bounds
   */
  public static ClientMessage parseClient(ByteBuf body) throws MessageException {
    return parse(body, CLIENT_PARSER, ClientMessage.getDescriptor(), MAX_CLIENT_ELEMENTS);
  }

  /**
   * Reads what a server sent.
   *
   * @param body a frame's body; it stays the caller's, its indices aren't moved, and the message
   *     shares no memory with it
   * @throws MessageException if it isn't a {@code ServerMessage}, or one that is out of bounds
   */
  public static ServerMessage parseServer(ByteBuf body) throws MessageException {
    return parse(body, SERVER_PARSER, ServerMessage.getDescriptor(), MAX_SERVER_ELEMENTS);
  }

  private static <M extends MessageLite> M parse(
      ByteBuf body, Parser<M> parser, Descriptor type, int maxElements) throws MessageException {
    try {
      new Inspection(type.getName(), maxElements).inspect(input(body), type);
      return parser.parseFrom(input(body));
    } catch (InvalidProtocolBufferException e) {
      throw notA(type, body, firstSentence(e));
    } catch (IOException e) {
      // The input is a buffer; nothing is read from elsewhere.
      throw new UncheckedIOException(e);
    }
  }

  private static CodedInputStream input(ByteBuf body) {
    CodedInputStream input =
        body.hasArray()
            ? CodedInputStream.newInstance(
                body.array(), body.arrayOffset() + body.readerIndex(), body.readableBytes())
            : CodedInputStream.newInstance(body.nioBuffer());
    input.setRecursionLimit(MAX_DEPTH);
    return input;
  }

  private static MessageException notA(Descriptor type, ByteBuf body, String why) {
    return new MessageException(
        "a frame of "
            + body.readableBytes()
            + " bytes is not a mooring.v1."
            + type.getName()
            + ": "
            + why);
  }

  /** protobuf-java goes on to speculate about causes, over several lines. */
  private static String firstSentence(IOException problem) {
    String text = String.valueOf(problem.getMessage());
    int end = text.indexOf(".  ");
    return end < 0 ? text : text.substring(0, end + 1);
  }

  /** Walks over a message's fields before any object is made of them. */
  private static final class Inspection {
    private final String name;
    private final int maxElements;
    private int elements;

    Inspection(String name, int maxElements) {
      this.name = name;
      this.maxElements = maxElements;
    }

    /** Reads {@code input} to its limit. What protobuf itself refuses is left for it to refuse. */
    void inspect(CodedInputStream input, Descriptor type) throws IOException, MessageException {
      int tag;
      while ((tag = input.readTag()) != 0) {
        int wireType = WireFormat.getTagWireType(tag);
        if (wireType == WireFormat.WIRETYPE_START_GROUP
            || wireType == WireFormat.WIRETYPE_END_GROUP) {
          throw new MessageException(
              "a "
                  + name
                  + " with a group (field "
                  + WireFormat.getTagFieldNumber(tag)
                  + "); groups are not part of this protocol");
        }
        FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
        if (field == null
            || field.getJavaType() != FieldDescriptor.JavaType.MESSAGE
            || wireType != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
          input.skipField(tag);
          continue;
        }
        if (field.isRepeated() && ++elements > maxElements) {
          throw new MessageException(
              "a "
                  + name
                  + " with more than "
                  + maxElements
                  + " elements in "
                  + field.getName()
                  + ", the most that one may hold");
        }
        int limit = input.pushLimit(input.readRawVarint32());
        inspect(input, field.getMessageType());
        input.popLimit(limit);
      }
    }
  }
}
