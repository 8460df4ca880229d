package dev.mooring.proto;

import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.Call.FunctionCase;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.ClientMessage.MessageCase;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a client sends, a frame's body at a time: a call without allocating or copying, and
 * any other message with the generated classes.
 *
 * <p>What it makes of a body is what {@link Messages#parseClient} makes of it, in any shape that
 * protobuf allows.
 *
 * <p>Reusable, one thread at a time; one per event loop will do. What it says about a call holds
 * until the next {@link #read}; the name and the input, as long as the body isn't released.
 */
public final class CallReader extends EnvelopeReader {
  private static final int CALL = ClientMessage.CALL_FIELD_NUMBER << 3 | BYTES;
  private static final int ID = Call.ID_FIELD_NUMBER << 3 | VARINT;
  private static final int NAME = Call.NAME_FIELD_NUMBER << 3 | BYTES;
  private static final int INDEX = Call.INDEX_FIELD_NUMBER << 3 | VARINT;
  private static final int ARGUMENT = Call.ARGUMENTS_FIELD_NUMBER << 3 | BYTES;
  private static final int INPUT = Call.INPUT_FIELD_NUMBER << 3 | BYTES;
  private static final int TIMEOUT = Call.TIMEOUT_MS_FIELD_NUMBER << 3 | VARINT;
  private static final int TRACEPARENT = Call.TRACEPARENT_FIELD_NUMBER << 3 | BYTES;

  private @Nullable ClientMessage message;
  private FunctionCase function = FunctionCase.FUNCTION_NOT_SET;
  private int index;
  private int timeoutMs;
  private int nameIndex;
  private int nameLength;
  private @Nullable String name;
  private int traceparentIndex;
  private int traceparentLength;
  private @Nullable String traceparent;
  private final RecentNames names = new RecentNames();

  /** A reader that has read nothing. */
  public CallReader() {
    super(Messages.MAX_CLIENT_ELEMENTS);
  }

  /**
   * Reads one message. If it is a call, the other methods tell what it holds; if not, {@link
   * #message()} does.
   *
   * @param body a frame's body; it stays the caller's, and its indices aren't moved
   * @return what the message holds; {@code MESSAGE_NOT_SET} if it is empty or from a later version
   * @throws MessageException if the body isn't a message; then nothing may be asked
   */
  public MessageCase read(ByteBuf body) throws MessageException {
    return read(body, body.readerIndex(), body.readableBytes());
  }

  /**
   * Reads one message, as {@link #read(ByteBuf)} does, that lies somewhere in a buffer.
   *
   * @param bytes where it lies; stays the caller's, and its indices aren't moved
   * @param index where its body begins
   * @param length how long its body is, in bytes
   */
  public MessageCase read(ByteBuf bytes, int index, int length) throws MessageException {
    begin(bytes, index, length);
    message = null;
    if (plainCall()) {
      return MessageCase.CALL;
    }
    begin(bytes, index, length);
    return readWithGeneratedClasses();
  }

  /** The call's id; unsigned, and 0 if it has none. */
  public long id() {
    return id;
  }

  /** How the function is named: by name, by index, or not at all. */
  public FunctionCase function() {
    return function;
  }

  /** The function's index, unsigned; holds if {@link #function()} is {@code INDEX}. */
  public int functionIndex() {
    return index;
  }

  /**
   * The function's name; holds if {@link #function()} is {@code NAME}. A name that was asked for
   * lately isn't allocated anew.
   */
  public String functionName() {
    if (name == null) {
      // The plain shape takes ASCII only.
      name = names.get(body, nameIndex, nameLength);
    }
    return name;
  }

  /** Where the input begins, as an index of the buffer that was read. */
  public int inputIndex() {
    return bytesIndex;
  }

  /** The input's length in bytes. */
  public int inputLength() {
    return bytesLength;
  }

  /** How long the call may wait and run, in milliseconds, unsigned; 0 for 'the default'. */
  public int timeoutMs() {
    return timeoutMs;
  }

  /** Of what trace the call says that it is a part; empty if it says nothing. */
  public String traceparent() {
    if (traceparent == null) {
      // The plain shape takes ASCII only.
      traceparent = body.toString(traceparentIndex, traceparentLength, StandardCharsets.US_ASCII);
    }
    return traceparent;
  }

  /**
   * The message, if it isn't a call.
   *
   * @throws IllegalStateException if it is one, or nothing was read
   */
  public ClientMessage message() {
    ClientMessage read = message;
    if (read == null) {
      throw new IllegalStateException("a call is read field by field");
    }
    return read;
  }

  private boolean plainCall() throws MessageException {
    function = FunctionCase.FUNCTION_NOT_SET;
    index = 0;
    timeoutMs = 0;
    name = null;
    traceparent = "";
    if (!onlyField(CALL)) {
      return false;
    }
    int last = 0;
    while (at < end) {
      int tag = body.getByte(at++);
      if (tag < last || (tag == last && tag != ARGUMENT)) {
        return false;
      }
      last = tag;
      switch (tag) {
        case ID -> id = varint();
        case NAME -> name();
        case INDEX -> {
          function = FunctionCase.INDEX;
          index = (int) varint();
        }
        case ARGUMENT -> value();
        case INPUT -> bytes();
        case TIMEOUT -> timeoutMs = (int) varint();
        case TRACEPARENT -> passTraceparent();
        default -> odd = true;
      }
      if (odd) {
        return false;
      }
    }
    return true;
  }

  private void name() {
    function = FunctionCase.NAME;
    nameLength = length();
    nameIndex = at;
    passAscii(nameLength);
  }

  private void passTraceparent() {
    traceparentLength = length();
    traceparentIndex = at;
    traceparent = null;
    passAscii(traceparentLength);
  }

  private void passAscii(int length) {
    int textEnd = at + length;
    while (at < textEnd) {
      if (body.getByte(at++) < 0) {
        // Whether that is UTF-8 is for protobuf to say.
        odd = true;
        return;
      }
    }
  }

  private MessageCase readWithGeneratedClasses() throws MessageException {
    ClientMessage read = Messages.parseClient(wholeBody());
    if (read.getMessageCase() != MessageCase.CALL) {
      message = read;
      return read.getMessageCase();
    }
    Call call = read.getCall();
    id = call.getId();
    function = call.getFunctionCase();
    index = call.getIndex();
    name = call.getName();
    timeoutMs = call.getTimeoutMs();
    traceparent = call.getTraceparent();
    setValues(call.getArgumentsList());
    locateBytes(ClientMessage.CALL_FIELD_NUMBER, Call.INPUT_FIELD_NUMBER);
    assert bytesLength == call.getInput().size();
    return MessageCase.CALL;
  }
}
