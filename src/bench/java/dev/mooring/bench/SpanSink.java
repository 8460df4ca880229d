package dev.mooring.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicLong;

/** A collector that takes all spans and looks at none. It has a thread of its own. */
final class SpanSink implements AutoCloseable {
  private static final int OK = 200;

  private final HttpServer server;
  private final AtomicLong bytes = new AtomicLong();

  SpanSink() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::take);
    server.start();
  }

  private void take(HttpExchange exchange) throws IOException {
    try (exchange) {
      bytes.addAndGet(exchange.getRequestBody().transferTo(OutputStream.nullOutputStream()));
      exchange.sendResponseHeaders(OK, -1);
    }
  }

  /** What has a server send its spans here. */
  String config() {
    return "[tracing]\nendpoint = 'http://127.0.0.1:" + server.getAddress().getPort() + "'\n";
  }

  /** How many bytes have come. */
  long bytes() {
    return bytes.get();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
