package dev.mooring.proto;

import dev.mooring.proto.v1.Event;
import dev.mooring.proto.v1.Result;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.proto.v1.ServerMessage.MessageCase;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a server sends, a frame's body at a time: a result or an event without allocating or
 * copying, and any other message with the generated classes.
 *
 * <p>What it makes of a body is what {@link Messages#parseServer} makes of it, in any shape that
 * protobuf allows.
 *
 * <p>Reusable, one thread at a time. What it says about a message holds until the next {@link
 * #read}.
 */
public final class ResultReader extends EnvelopeReader {
  private static final int RESULT = ServerMessage.RESULT_FIELD_NUMBER << 3 | BYTES;
  private static final int ID = Result.ID_FIELD_NUMBER << 3 | VARINT;
  private static final int VALUE = Result.VALUES_FIELD_NUMBER << 3 | BYTES;
  private static final int OUTPUT = Result.OUTPUT_FIELD_NUMBER << 3 | BYTES;
  private static final int SEQUENCE = Result.SEQUENCE_FIELD_NUMBER << 3 | VARINT;
  private static final int EVENT = ServerMessage.EVENT_FIELD_NUMBER << 3 | BYTES;
  private static final int PAYLOAD = Event.PAYLOAD_FIELD_NUMBER << 3 | BYTES;

  private static final int EVENT_SEQUENCE = Event.SEQUENCE_FIELD_NUMBER << 3 | VARINT;

  private @Nullable ServerMessage message;
  private long sequence;

  /** A reader that has read nothing. */
  public ResultReader() {
    super(Messages.MAX_SERVER_ELEMENTS);
  }

  /**
   * Reads one message. If it is a result or an event, the other methods tell what it holds; if not,
   * {@link #message()} does.
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
    sequence = 0;
    if (plainResult()) {
      return MessageCase.RESULT;
    }
    begin(bytes, index, length);
    if (plainEvent()) {
      return MessageCase.EVENT;
    }
    begin(bytes, index, length);
    return readWithGeneratedClasses();
  }

  /** The id of the call that a result answers; unsigned. */
  public long id() {
    return id;
  }

  /**
   * Where a result's output, or an event's payload, begins, as an index of the buffer that was
   * read.
   */
  public int bytesIndex() {
    return bytesIndex;
  }

  /** The length of a result's output, or of an event's payload, in bytes. */
  public int bytesLength() {
    return bytesLength;
  }

  /** A result's or an event's place among what a kept session has said; 0 if it is of another. */
  public long sequence() {
    return sequence;
  }

  /**
   * The message, if it is neither a result nor an event.
   *
   * @throws IllegalStateException if it is one, or nothing was read
   */
  public ServerMessage message() {
    ServerMessage read = message;
    if (read == null) {
      throw new IllegalStateException("a result or an event is read field by field");
    }
    return read;
  }

  private boolean plainResult() throws MessageException {
    if (!onlyField(RESULT)) {
      return false;
    }
    int last = 0;
    while (at < end) {
      int tag = body.getByte(at++);
      if (tag < last || (tag == last && tag != VALUE)) {
        return false;
      }
      last = tag;
      switch (tag) {
        case ID -> id = varint();
        case VALUE -> value();
        case OUTPUT -> bytes();
        case SEQUENCE -> sequence = varint();
        default -> odd = true;
      }
      if (odd) {
        return false;
      }
    }
    return true;
  }

  private boolean plainEvent() throws MessageException {
    if (!onlyField(EVENT)) {
      return false;
    }
    int last = 0;
    while (at < end && !odd) {
      int tag = body.getByte(at++);
      if (tag <= last) {
        return false;
      }
      last = tag;
      switch (tag) {
        case PAYLOAD -> bytes();
        case EVENT_SEQUENCE -> sequence = varint();
        default -> odd = true;
      }
    }
    return !odd;
  }

  private MessageCase readWithGeneratedClasses() throws MessageException {
    ServerMessage read = Messages.parseServer(wholeBody());
    switch (read.getMessageCase()) {
      case RESULT -> {
        id = read.getResult().getId();
        sequence = read.getResult().getSequence();
        setValues(read.getResult().getValuesList());
        locateBytes(ServerMessage.RESULT_FIELD_NUMBER, Result.OUTPUT_FIELD_NUMBER);
      }
      case EVENT -> {
        sequence = read.getEvent().getSequence();
        locateBytes(ServerMessage.EVENT_FIELD_NUMBER, Event.PAYLOAD_FIELD_NUMBER);
      }
      default -> message = read;
    }
    return read.getMessageCase();
  }
}
