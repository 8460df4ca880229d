package dev.mooring.conformance;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import dev.mooring.error.ErrorText;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.CloseReason;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Limits;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Opened;
import dev.mooring.proto.v1.Result;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.proto.v1.ServerMessage.MessageCase;
import dev.mooring.proto.v1.Value;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One connection to the server under test: blocking, strict about what comes, free in what it
 * sends. One thread writes and one reads.
 */
final class Peer implements AutoCloseable {
  private static final int LONGEST_SHOWN = 200;
  private static final int CALL_TIMEOUT_MILLIS = 1_000;

  private final Target target;
  private final Line line;
  private long lastId;
  private boolean opened;

  Peer(Target target) throws Finding {
    this.target = target;
    try {
      line = target.isFramed() ? new FramedLine(target) : new MessageLine(target);
    } catch (IOException e) {
      throw new Finding("no connection: " + ErrorText.of(e), e);
    }
  }

  /** Whether ending the output alone is possible: TLS 1.2 can't. */
  boolean canEndOutput() {
    return line.canEndOutput();
  }

  // --- Saying

  /** Sends messages in one piece. */
  void send(Message... messages) throws Finding {
    sendBytes(Say.frames(messages));
  }

  void sendBytes(byte[] bytes) throws Finding {
    sendBytes(bytes, 0, bytes.length);
  }

  void sendBytes(byte[] bytes, int from, int to) throws Finding {
    try {
      line.send(bytes, from, to);
    } catch (IOException e) {
      throw new Finding("the server doesn't take what is sent: " + ErrorText.of(e), e);
    }
  }

  /** Ends this side; the other goes on. */
  void endOutput() throws Finding {
    try {
      line.endOutput();
    } catch (IOException e) {
      throw new Finding("this side can't be ended: " + ErrorText.of(e), e);
    }
  }

  /**
   * What opens the module of the checks, with more time for each call than most servers give by
   * themselves: what a check isn't about must not fail on a machine that is busy.
   */
  Open.Builder toOpen() {
    return toOpen(Limits.newBuilder());
  }

  /** As {@link #toOpen()}, with these limits, and more time if they don't say how much. */
  Open.Builder toOpen(Limits.Builder limits) {
    if (limits.getCallTimeoutMs() == 0) {
      limits.setCallTimeoutMs(CALL_TIMEOUT_MILLIS);
    }
    return Open.newBuilder()
        .setProtocolVersion(1)
        .setModule(target.module())
        .setLimits(limits)
        .setAuthToken(target.token());
  }

  static ClientMessage message(Open.Builder open) {
    return ClientMessage.newBuilder().setOpen(open).build();
  }

  Opened open() throws Finding {
    return open(toOpen());
  }

  Opened open(Map<String, String> config) throws Finding {
    return open(toOpen().putAllConfig(config));
  }

  Opened open(Open.Builder open) throws Finding {
    send(message(open));
    return expectOpened();
  }

  /** An id for the next call. */
  long nextId() {
    return ++lastId;
  }

  /** Makes one call and waits for its result; no event may come before it. */
  Result call(String function, Value... arguments) throws Finding {
    return call(function, ByteString.EMPTY, arguments);
  }

  Result call(String function, ByteString input, Value... arguments) throws Finding {
    long id = nextId();
    send(Say.call(id, function, input, arguments));
    return expectResult(id);
  }

  /** The one number that a function without parameters returns. */
  long callI64(String function, Value... arguments) throws Finding {
    Result result = call(function, arguments);
    require(result.getValuesCount() == 1 && result.getValues(0).hasI64(), "one i64", result);
    return result.getValues(0).getI64();
  }

  // --- Hearing

  Opened expectOpened() throws Finding {
    ServerMessage message = expect(MessageCase.OPENED, "Opened");
    opened = true;
    return message.getOpened();
  }

  Result expectResult(long id) throws Finding {
    Result result = expect(MessageCase.RESULT, "the Result of call " + id).getResult();
    require(result.getId() == id, "the Result of call " + Long.toUnsignedString(id), result);
    return result;
  }

  /** The error of a call. */
  Error expectError(long id, ErrorCode code) throws Finding {
    String expected = code + " for call " + Long.toUnsignedString(id);
    Error error = expect(MessageCase.ERROR, expected).getError();
    require(error.getId() == id && error.getCode() == code, expected, error);
    return error;
  }

  /** The error that ends the connection, and the end itself. */
  Error expectLastError(ErrorCode code) throws Finding {
    String expected = code + " with id 0";
    Error error = expect(MessageCase.ERROR, expected).getError();
    require(error.getId() == 0 && error.getCode() == code, expected, error);
    expectEnd();
    return error;
  }

  /** {@code Closed}, and the end itself. */
  void expectClosed(CloseReason reason) throws Finding {
    var closed = expect(MessageCase.CLOSED, "Closed").getClosed();
    require(closed.getReason() == reason, "the reason " + reason, closed);
    expectEnd();
  }

  void expectEvent(ByteString payload) throws Finding {
    var event = expect(MessageCase.EVENT, "an event").getEvent();
    require(event.getPayload().equals(payload), "the event " + shown(payload), event);
  }

  void expectPong(long token) throws Finding {
    var pong = expect(MessageCase.PONG, "a Pong").getPong();
    require(pong.getToken() == token, "a Pong of the token " + Long.toUnsignedString(token), pong);
  }

  /** Nothing comes any more: the server has ended its side. */
  void expectEnd() throws Finding {
    ServerMessage message = receiveOrEnd("the end of the connection");
    if (message != null) {
      throw new Finding("expected nothing after the last message, got " + shown(message));
    }
  }

  private ServerMessage expect(MessageCase kind, String expected) throws Finding {
    ServerMessage message = receive(expected);
    require(message.getMessageCase() == kind, expected, message);
    return message;
  }

  /** The next message, whatever it is. */
  ServerMessage receive(String expected) throws Finding {
    ServerMessage message = receiveOrEnd(expected);
    if (message == null) {
      throw new Finding("expected " + expected + ", but the server ended the connection");
    }
    return message;
  }

  /** The next message; null when the server has ended its side. */
  @Nullable ServerMessage receiveOrEnd(String expected) throws Finding {
    try {
      byte[] body = line.readMessage();
      if (body == null) {
        return null;
      }
      ServerMessage message = ServerMessage.parseFrom(body);
      if (message.getMessageCase() == MessageCase.MESSAGE_NOT_SET) {
        throw new Finding("a ServerMessage that holds no message that version 1 has");
      }
      if (!opened && isThrottling(message)) {
        throw new Throttled(shown(message));
      }
      return message;
    } catch (SocketTimeoutException e) {
      throw new Finding(
          "expected %s, but nothing came in %d ms"
              .formatted(expected, target.patience().toMillis()),
          e);
    } catch (InvalidProtocolBufferException e) {
      throw new Finding("a frame that is no ServerMessage: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new Finding("expected %s, got: %s".formatted(expected, ErrorText.of(e)), e);
    }
  }

  private static boolean isThrottling(ServerMessage message) {
    return switch (message.getError().getCode()) {
      case RATE_EXCEEDED, SERVER_OVERLOADED -> true;
      default -> false;
    };
  }

  /** All that comes until the end. */
  List<ServerMessage> receiveAll() throws Finding {
    var all = new ArrayList<ServerMessage>();
    for (ServerMessage message; (message = receiveOrEnd("the end of the connection")) != null; ) {
      all.add(message);
    }
    return all;
  }

  // --- Judging

  static void require(boolean condition, String expected, Message got) throws Finding {
    if (!condition) {
      throw new Finding("expected " + expected + ", got " + shown(got));
    }
  }

  static void require(boolean condition, String finding) throws Finding {
    if (!condition) {
      throw new Finding(finding);
    }
  }

  static String shown(Message message) {
    String text = TextFormat.printer().emittingSingleLine(true).printToString(message).strip();
    String name = message.getDescriptorForType().getName();
    return shortened(message instanceof ServerMessage ? text : name + " { " + text + " }");
  }

  static String shown(ByteString bytes) {
    return shortened('"' + TextFormat.escapeBytes(bytes) + '"');
  }

  private static String shortened(String text) {
    return text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "…";
  }

  @Override
  public void close() {
    try {
      line.close();
    } catch (IOException e) {
      // It was to end, and has ended.
    }
  }
}
