package dev.mooring.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Serves the page of {@code mooring demo --web}, its scripts and styles, and nothing else, to
 * browsers on this machine. A thread of its own.
 */
final class DemoPage implements AutoCloseable {
  private static final Map<String, String> TYPES =
      Map.of(
          "index.html", "text/html; charset=utf-8",
          "demo.css", "text/css; charset=utf-8",
          "demo.mjs", "text/javascript; charset=utf-8",
          "mooring.mjs", "text/javascript; charset=utf-8");

  private static final String SERVER = "server.json";

  private final HttpServer http;
  private final Map<String, byte[]> files = new TreeMap<>();

  /**
   * Listens; shows nothing until it is told of a server.
   *
   * @throws IOException if it can't listen there
   */
  DemoPage(InetSocketAddress address) throws IOException {
    for (String name : TYPES.keySet()) {
      files.put(name, resource(name));
    }
    http = HttpServer.create(address, 0);
    http.createContext("/", this::answer);
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = DemoPage.class.getResourceAsStream("demo/" + name)) {
      if (in == null) {
        throw new IOException("this build has no " + name);
      }
      return in.readAllBytes();
    }
  }

  private int port() {
    return http.getAddress().getPort();
  }

  /** Where it is to be seen. */
  String address() {
    return "http://127.0.0.1:" + port() + "/";
  }

  /** From where browsers say that it comes. */
  List<String> origins() {
    return List.of("http://127.0.0.1:" + port(), "http://localhost:" + port());
  }

  /** Shows the sessions of a server. */
  void show(InetSocketAddress server) {
    String json = "{\"server\":\"ws://127.0.0.1:%d\"}".formatted(server.getPort());
    files.put(SERVER, json.getBytes(UTF_8));
    http.start();
  }

  private void answer(HttpExchange exchange) {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String name = path.equals("/") ? "index.html" : path.substring(1);
      byte[] file = files.get(name);
      boolean isRead = exchange.getRequestMethod().equals("GET");
      byte[] body = file == null || !isRead ? "there is no such page\n".getBytes(UTF_8) : file;
      var headers = exchange.getResponseHeaders();
      headers.set("Content-Type", TYPES.getOrDefault(name, "application/json"));
      headers.set("Cache-Control", "no-store");
      headers.set("X-Content-Type-Options", "nosniff");
      exchange.sendResponseHeaders(file == null ? 404 : isRead ? 200 : 405, body.length);
      exchange.getResponseBody().write(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // The browser is gone.
    }
  }

  @Override
  public void close() {
    http.stop(0);
  }
}
