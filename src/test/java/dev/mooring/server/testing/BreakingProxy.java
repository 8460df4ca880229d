package dev.mooring.server.testing;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.ServerMessage;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands between clients and a server and spoils what they say: so a good server becomes one that
 * is broken in a known way. Blocking, two virtual threads for each connection.
 */
public final class BreakingProxy implements AutoCloseable {
  private static final int LONGEST_LENGTH = 5;

  /** What servers take unless told otherwise. Longer ones go through as they come. */
  private static final int MAX_FRAME_BYTES = 4 << 20;

  /**
   * How one connection is spoiled. Each method is called on one thread of its own, and says by what
   * it returns what goes on; the other direction is reached through {@link Line}.
   */
  public abstract static class Fault {
    /** What the server gets in place of this frame; the frame may be no message. */
    public byte[] fromClient(byte[] frame, Line line) throws IOException {
      return frame;
    }

    /** What the client gets in place of this message. */
    public byte[] fromServer(ServerMessage message, byte[] frame, Line line) throws IOException {
      return frame;
    }

    /** Whether the client's connection is left open when the server has ended its own. */
    public boolean staysOpen() {
      return false;
    }

    /** The message in a frame; null if it is none. */
    public static @Nullable ClientMessage clientMessage(byte[] frame) {
      try {
        return ClientMessage.parseFrom(body(frame));
      } catch (InvalidProtocolBufferException e) {
        return null;
      }
    }
  }

  /** To the other side, past what is under way. */
  public interface Line {
    void toClient(byte[] bytes) throws IOException;

    void toServer(byte[] bytes) throws IOException;
  }

  private final ServerSocket listener;
  private final InetSocketAddress server;
  private final Supplier<Fault> faults;

  public BreakingProxy(InetSocketAddress server, Supplier<Fault> faults) {
    this.server = server;
    this.faults = faults;
    try {
      listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.startVirtualThread(this::accept);
  }

  public int port() {
    return listener.getLocalPort();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        Socket upstream = new Socket(server.getAddress(), server.getPort());
        client.setTcpNoDelay(true);
        upstream.setTcpNoDelay(true);
        Fault fault = faults.get();
        Line line = new SocketLine(client.getOutputStream(), upstream.getOutputStream());
        Thread.startVirtualThread(() -> toServer(client, upstream, fault, line));
        Thread.startVirtualThread(() -> toClient(client, upstream, fault, line));
      } catch (IOException e) {
        // Closed, or a connection that is gone already.
      }
    }
  }

  private record SocketLine(OutputStream client, OutputStream server) implements Line {
    @Override
    public void toClient(byte[] bytes) throws IOException {
      synchronized (client) {
        client.write(bytes);
        client.flush();
      }
    }

    @Override
    public void toServer(byte[] bytes) throws IOException {
      synchronized (server) {
        server.write(bytes);
        server.flush();
      }
    }
  }

  private static void toServer(Socket client, Socket upstream, Fault fault, Line line) {
    try {
      InputStream in = new BufferedInputStream(client.getInputStream(), 1 << 16);
      var batch = new ByteArrayOutputStream();
      while (true) {
        byte[] frame = readFrame(in);
        if (frame == null) {
          break;
        }
        batch.writeBytes(fault.fromClient(frame, line));
        if (!isWhole(frame)) {
          // Where the next frame would begin, nobody knows.
          line.toServer(batch.toByteArray());
          for (int next; (next = in.read()) >= 0; ) {
            line.toServer(new byte[] {(byte) next});
          }
          upstream.shutdownOutput();
          return;
        }
        // What came in one piece goes on in one piece.
        if (in.available() == 0) {
          line.toServer(batch.toByteArray());
          batch.reset();
        }
      }
      line.toServer(batch.toByteArray());
      upstream.shutdownOutput();
    } catch (IOException e) {
      // Either side is gone; the other direction notices by itself.
    }
  }

  private static void toClient(Socket client, Socket upstream, Fault fault, Line line) {
    try (client;
        upstream) {
      InputStream in = new BufferedInputStream(upstream.getInputStream());
      while (true) {
        byte[] frame = readFrame(in);
        if (frame == null) {
          break;
        }
        line.toClient(fault.fromServer(ServerMessage.parseFrom(body(frame)), frame, line));
      }
      if (fault.staysOpen()) {
        // Until the client has had enough.
        while (client.getInputStream().read() >= 0) {}
      }
      client.shutdownOutput();
      client.setSoTimeout(1_000);
      while (client.getInputStream().read() >= 0) {}
    } catch (IOException e) {
      // Either side is gone.
    }
  }

  /**
   * A frame with its length; the bytes of a length alone, if no good frame begins with it; less
   * than a frame at the end; null if there is nothing any more.
   */
  private static byte @Nullable [] readFrame(InputStream in) throws IOException {
    var out = new ByteArrayOutputStream();
    long length = 0;
    for (int i = 0; i < LONGEST_LENGTH; i++) {
      int next = in.read();
      if (next < 0) {
        return out.size() == 0 ? null : out.toByteArray();
      }
      out.write(next);
      length |= (long) (next & 0x7F) << (7 * i);
      if (next < 0x80) {
        boolean good = length <= MAX_FRAME_BYTES && (next != 0 || i == 0);
        return good ? join(out.toByteArray(), in.readNBytes((int) length)) : out.toByteArray();
      }
    }
    return out.toByteArray();
  }

  private static boolean isWhole(byte[] frame) {
    byte[] body = body(frame);
    int lengthBytes = frame.length - body.length;
    long length = 0;
    for (int i = 0; i < lengthBytes; i++) {
      length |= (long) (frame[i] & 0x7F) << (7 * i);
    }
    return frame[lengthBytes - 1] >= 0 && length == body.length;
  }

  /** What comes behind a frame's length. */
  public static byte[] body(byte[] frame) {
    int at = 0;
    while (at < frame.length && frame[at] < 0) {
      at++;
    }
    at = Math.min(at + 1, frame.length);
    byte[] body = new byte[frame.length - at];
    System.arraycopy(frame, at, body, 0, body.length);
    return body;
  }

  public static byte[] frame(MessageLite... messages) {
    var out = new ByteArrayOutputStream();
    try {
      for (MessageLite message : messages) {
        message.writeDelimitedTo(out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  public static byte[] join(byte[]... pieces) {
    var out = new ByteArrayOutputStream();
    for (byte[] piece : pieces) {
      out.writeBytes(piece);
    }
    return out.toByteArray();
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
