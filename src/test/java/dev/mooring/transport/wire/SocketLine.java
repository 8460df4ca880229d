package dev.mooring.transport.wire;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A connection over TCP, with TLS in it or not. Not Netty's, which is on the other side. */
public final class SocketLine implements Line {
  private static final int READ_MILLIS = 20_000;

  private final Socket tcp;
  private final Socket socket;
  private final InputStream in;

  private SocketLine(Socket tcp, Socket socket) throws IOException {
    this.tcp = tcp;
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
    tcp.setTcpNoDelay(true);
    tcp.setSoTimeout(READ_MILLIS);
  }

  private static Socket connect(SocketAddress server, int receiveBytes) throws IOException {
    var tcp = new Socket();
    if (receiveBytes > 0) {
      tcp.setReceiveBufferSize(receiveBytes);
    }
    tcp.connect(server);
    return tcp;
  }

  /**
   * Connects.
   *
   * @param receiveBytes what the operating system may hold for this client; 0: as it likes
   */
  public static SocketLine plain(SocketAddress server, int receiveBytes) throws IOException {
    Socket tcp = connect(server, receiveBytes);
    return new SocketLine(tcp, tcp);
  }

  /**
   * Connects with TLS.
   *
   * @param alpn what is offered to be spoken
   */
  public static SocketLine tls(
      SocketAddress server, int receiveBytes, SSLContext context, String... alpn)
      throws IOException {
    Socket tcp = connect(server, receiveBytes);
    int port = ((InetSocketAddress) server).getPort();
    String host = InetAddress.getLoopbackAddress().getHostAddress();
    var tls = (SSLSocket) context.getSocketFactory().createSocket(tcp, host, port, true);
    var parameters = tls.getSSLParameters();
    parameters.setApplicationProtocols(alpn);
    tls.setSSLParameters(parameters);
    tcp.setSoTimeout(READ_MILLIS);
    tls.startHandshake();
    return new SocketLine(tcp, tls);
  }

  @Override
  public InputStream in() {
    return in;
  }

  @Override
  public void write(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  @Override
  public void halfClose() throws IOException {
    socket.shutdownOutput();
  }

  @Override
  public void reset() throws IOException {
    tcp.setSoLinger(true, 0);
    tcp.close();
  }

  @Override
  public void close() throws IOException {
    tcp.close();
  }
}
