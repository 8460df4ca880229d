package dev.mooring.server.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.google.protobuf.ByteString;
import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.Cancel;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Close;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Opened;
import dev.mooring.proto.v1.Ping;
import dev.mooring.proto.v1.Result;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.proto.v1.Value;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client made of a socket and the generated messages, and of none of our code: it can send what
 * the bundled client never would. Blocking; one thread.
 */
public final class RawClient implements AutoCloseable {
  private static final int READ_TIMEOUT_MILLIS = 20_000;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private long lastId;

  public RawClient(SocketAddress server) {
    this(server, 0);
  }

  /**
   * Connects.
   *
   * @param receiveBytes what the operating system may hold for this client; 0: as it likes
   */
  public RawClient(SocketAddress server, int receiveBytes) {
    this(connect(server, receiveBytes));
  }

  private static Socket connect(SocketAddress server, int receiveBytes) {
    var socket = new Socket();
    try {
      if (receiveBytes > 0) {
        socket.setReceiveBufferSize(receiveBytes);
      }
      socket.connect((InetSocketAddress) server);
      return socket;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** On a socket that is connected, such as one that speaks TLS; it is closed with the client. */
  public RawClient(Socket connected) {
    socket = connected;
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(READ_TIMEOUT_MILLIS);
      in = new BufferedInputStream(socket.getInputStream());
      out = socket.getOutputStream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static ClientMessage openMessage(String module, Map<String, String> config) {
    return ClientMessage.newBuilder()
        .setOpen(Open.newBuilder().setProtocolVersion(1).setModule(module).putAllConfig(config))
        .build();
  }

  public Opened open(String module) {
    return open(module, Map.of());
  }

  public Opened open(String module, Map<String, String> config) {
    send(openMessage(module, config));
    ServerMessage answer = receive();
    assertEquals(ServerMessage.MessageCase.OPENED, answer.getMessageCase(), answer::toString);
    return answer.getOpened();
  }

  public void send(ClientMessage message) {
    var bytes = new ByteArrayOutputStream();
    try {
      message.writeDelimitedTo(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sendBytes(bytes.toByteArray());
  }

  public void sendBytes(byte[] bytes) {
    try {
      out.write(bytes);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends a call and returns its id. */
  public long sendCall(String function, byte[] input, Value... arguments) {
    send(callMessage(++lastId, function, input, arguments));
    return lastId;
  }

  public static ClientMessage callMessage(
      long id, String function, byte[] input, Value... arguments) {
    var call = Call.newBuilder().setId(id).setName(function).setInput(ByteString.copyFrom(input));
    for (Value argument : arguments) {
      call.addArguments(argument);
    }
    return ClientMessage.newBuilder().setCall(call).build();
  }

  public Result call(String function, Value... arguments) {
    return result(sendCall(function, new byte[0], arguments));
  }

  public Result call(String function, String input) {
    return result(sendCall(function, input.getBytes(StandardCharsets.UTF_8)));
  }

  public long callI64(String function, Value... arguments) {
    return call(function, arguments).getValues(0).getI64();
  }

  private Result result(long id) {
    ServerMessage answer = receive();
    assertEquals(ServerMessage.MessageCase.RESULT, answer.getMessageCase(), answer::toString);
    assertEquals(id, answer.getResult().getId());
    return answer.getResult();
  }

  public Error receiveError(ErrorCode code) {
    ServerMessage answer = receive();
    assertEquals(ServerMessage.MessageCase.ERROR, answer.getMessageCase(), answer::toString);
    assertEquals(code, answer.getError().getCode(), answer::toString);
    return answer.getError();
  }

  public void sendPing(long token) {
    send(ClientMessage.newBuilder().setPing(Ping.newBuilder().setToken(token)).build());
  }

  public void sendCancel(long id) {
    send(ClientMessage.newBuilder().setCancel(Cancel.newBuilder().setId(id)).build());
  }

  public void sendClose() {
    send(ClientMessage.newBuilder().setClose(Close.getDefaultInstance()).build());
  }

  public void shutdownOutput() {
    try {
      socket.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public ServerMessage receive() {
    ServerMessage message = receiveOrEnd();
    assertNotNull(message, "the server closed the connection");
    return message;
  }

  /** Null when the server has ended the connection. */
  public @Nullable ServerMessage receiveOrEnd() {
    try {
      return ServerMessage.parseDelimitedFrom(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads at most so many bytes, and says how many; -1 when there are no more. */
  public int readBytes(int most) {
    try {
      int count = in.readNBytes(most).length;
      return count == 0 ? -1 : count;
    } catch (SocketException e) {
      return -1;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All that the server says until it ends the connection, as text. */
  public String receiveText() {
    try {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void assertEnded() {
    ServerMessage message = receiveOrEnd();
    assertEquals(null, message);
  }

  /** Ends the connection so that the server gets a reset, not an end of stream. */
  public void reset() {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Value i32(int value) {
    return Value.newBuilder().setI32(value).build();
  }

  public static Value i64(long value) {
    return Value.newBuilder().setI64(value).build();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
