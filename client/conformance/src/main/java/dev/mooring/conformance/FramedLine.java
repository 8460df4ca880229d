package dev.mooring.conformance;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** Mooring's own protocol, on a socket: what is sent may be any bytes, whole messages or not. */
final class FramedLine implements Line {
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  FramedLine(Target target) throws IOException {
    socket = connect(target);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) target.patience().toMillis());
    in = new BufferedInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  private static Socket connect(Target target) throws IOException {
    int patienceMillis = (int) target.patience().toMillis();
    var plain = new Socket();
    boolean connected = false;
    try {
      plain.connect(new InetSocketAddress(target.host(), target.port()), patienceMillis);
      connected = true;
    } finally {
      if (!connected) {
        plain.close();
      }
    }
    SSLContext tls = target.tls();
    if (tls == null) {
      return plain;
    }
    var secure =
        (SSLSocket)
            tls.getSocketFactory().createSocket(plain, target.serverName(), target.port(), true);
    SSLParameters parameters = secure.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {target.wire().alpn()});
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    secure.setSSLParameters(parameters);
    secure.setSoTimeout(patienceMillis);
    secure.startHandshake();
    return secure;
  }

  @Override
  public void send(byte[] bytes, int from, int to) throws IOException {
    out.write(bytes, from, to - from);
    out.flush();
  }

  /** TLS 1.2 can't. */
  @Override
  public boolean canEndOutput() {
    return !(socket instanceof SSLSocket secure)
        || secure.getSession().getProtocol().equals("TLSv1.3");
  }

  @Override
  public void endOutput() throws IOException {
    socket.shutdownOutput();
  }

  /** Null at an end between two frames. */
  @Override
  public byte @Nullable [] readMessage() throws IOException, Finding {
    long length = 0;
    for (int i = 0; ; i++) {
      int next = in.read();
      if (next < 0) {
        if (i == 0) {
          return null;
        }
        throw new Finding("the server's output ended within a frame's length");
      }
      length |= (long) (next & 0x7F) << (7 * i);
      if (next < 0x80) {
        if (i > 0 && next == 0) {
          throw new Finding(
              "a frame's length of %d in %d bytes: it isn't canonical".formatted(length, i + 1));
        }
        break;
      }
      if (i == 4) {
        throw new Finding("a frame's length of more than five bytes");
      }
    }
    if (length > MAX_MESSAGE_BYTES) {
      throw new Finding("a frame of " + length + " bytes");
    }
    byte[] body = in.readNBytes((int) length);
    if (body.length < length) {
      throw new Finding(
          "the server's output ended within a frame: %d of %d bytes"
              .formatted(body.length, length));
    }
    return body;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
