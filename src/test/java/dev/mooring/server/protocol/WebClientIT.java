package dev.mooring.server.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.mooring.access.Tokens;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Chromium;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.StoredServer;
import dev.mooring.transport.config.Origins;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The client of {@code client/web}: what needs no browser under {@code node}, and its page of tests
 * in Chromium, against servers of which one is killed and started anew.
 */
@Patient
final class WebClientIT {
  private static final Path CLIENT = Path.of("..", "client").toAbsolutePath().normalize();
  private static final String TOKEN = "a-token-that-only-tests-know";
  private static final int NODE_SECONDS = 120;
  private static final int PAGE_SECONDS = 420;

  /** What Chromium itself says of a connection that wasn't made, or was lost: the tests do that. */
  private static final String LOST_CONNECTION = "WebSocket connection to";

  private static final Map<String, String> TYPES =
      Map.of("html", "text/html", "mjs", "text/javascript", "txt", "text/plain");

  private static final Pattern EXAMPLE = Pattern.compile("```html\n(.*?)```", Pattern.DOTALL);
  private static final String EXAMPLE_DOOR = "wss://mooring.example:7070";

  @TempDir Path folder = Path.of("");

  @Test
  @Timeout(2 * NODE_SECONDS)
  void itsTestsWithoutABrowser_pass() throws Exception {
    Path told = folder.resolve("told");
    Process process =
        new ProcessBuilder("node", "--test")
            .directory(CLIENT.resolve("web").toFile())
            .redirectErrorStream(true)
            .redirectOutput(told.toFile())
            .start();
    try {
      assertTrue(process.waitFor(NODE_SECONDS, TimeUnit.SECONDS), "it didn't end");
    } finally {
      process.destroyForcibly();
    }
    assertEquals(0, process.exitValue(), () -> read(told));
  }

  @TestFactory
  @Timeout(2 * PAGE_SECONDS)
  Stream<DynamicTest> itsTestsInABrowser_pass() throws Exception {
    Map<String, String> told;
    List<String> console;
    try (var pages = new Pages();
        var server = new StoredServer(folder, pages.mayConnect());
        var guarded = startGuarded(pages.origin());
        var strange = MooringServer.start(plain())) {
      server.start();
      String query =
          "door=%s&guarded=%s&token=%s&strange=%s"
              .formatted(
                  door(server.address()),
                  door((InetSocketAddress) guarded.address()),
                  TOKEN,
                  door((InetSocketAddress) strange.address()));
      pages.serve(server);
      try (var chromium =
          Chromium.open(URI.create(pages.origin() + "/browser.html?" + query), folder)) {
        told = pages.awaitTold(chromium);
        console = chromium.console();
      }
    }
    assertTrue(told.size() > 20, told::toString);
    var complaints = console.stream().filter(line -> !line.contains(LOST_CONNECTION)).toList();
    told.put("console_isEmpty", String.join("\n", complaints));
    return told.entrySet().stream()
        .map(test -> dynamicTest(test.getKey(), () -> assertEquals("", test.getValue())));
  }

  private ServerConfig plain() {
    return ServerConfig.of(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), folder.resolve("modules"));
  }

  /** Wants a token, and lets the tests' page connect. */
  private MooringServer startGuarded(String origin) throws Exception {
    Path tokens = Files.writeString(folder.resolve("tokens"), Tokens.line("tester", TOKEN) + "\n");
    ServerConfig config = plain().withTokens(tokens);
    var transport = config.transport();
    var listener = transport.listener().withOrigins(new Origins(List.of(origin)));
    return MooringServer.start(config.withTransport(transport.withListener(listener)));
  }

  private static String door(InetSocketAddress address) {
    return "ws://127.0.0.1:" + address.getPort();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** What the browser's page comes from, asks for, and tells. */
  private static final class Pages implements AutoCloseable {
    private final HttpServer http;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CompletableFuture<Map<String, String>> told = new CompletableFuture<>();

    Pages() throws IOException {
      http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      http.setExecutor(threads);
    }

    String origin() {
      return "http://127.0.0.1:" + http.getAddress().getPort();
    }

    /** The variables of a server to which the pages may connect, and whose calls have time. */
    Map<String, String> mayConnect() {
      return Map.of(
          "MOORING_TRANSPORT_ORIGINS",
          "[\"" + origin() + "\"]",
          "MOORING_SESSION_CALL_TIMEOUT_MS",
          "10000");
    }

    void serve(StoredServer server) {
      http.createContext("/", Pages::sendFile);
      http.createContext(
          "/example.html", exchange -> sendExample(door(server.address()), exchange));
      http.createContext("/kill", exchange -> kill(server, exchange));
      http.createContext("/told", this::takeTold);
      http.start();
    }

    /** What became of each test: nothing, if it is well. */
    Map<String, String> awaitTold(Chromium chromium) throws Exception {
      for (int left = PAGE_SECONDS; left > 0 && chromium.isRunning(); left--) {
        try {
          return told.get(1, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
          // It may take longer.
        }
      }
      throw new AssertionError("the page has told nothing: " + chromium.log());
    }

    private static void sendFile(HttpExchange exchange) throws IOException {
      try (exchange) {
        String name = exchange.getRequestURI().getPath().substring(1);
        Path file = CLIENT.resolve(name.equals("scenario.txt") ? "raw" : "web").resolve(name);
        String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
        if (name.contains("/") || type == null || !Files.isRegularFile(file)) {
          exchange.sendResponseHeaders(404, -1);
          return;
        }
        send(type, Files.readAllBytes(file), exchange);
      }
    }

    /** README's page, of a server that is there. */
    private static void sendExample(String door, HttpExchange exchange) throws IOException {
      try (exchange) {
        var example = EXAMPLE.matcher(Files.readString(CLIENT.resolve("web/README.md")));
        String page = example.find() ? example.group(1) : "there is no example";
        send("text/html", page.replace(EXAMPLE_DOOR, door).getBytes(UTF_8), exchange);
      }
    }

    private static void send(String type, byte[] content, HttpExchange exchange)
        throws IOException {
      exchange.getResponseHeaders().set("Content-Type", type + "; charset=utf-8");
      exchange.sendResponseHeaders(200, content.length);
      exchange.getResponseBody().write(content);
    }

    private static void kill(StoredServer server, HttpExchange exchange) throws IOException {
      try (exchange) {
        server.kill();
        server.start();
        exchange.sendResponseHeaders(204, -1);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void takeTold(HttpExchange exchange) throws IOException {
      try (exchange) {
        String form = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        var tests = new LinkedHashMap<String, String>();
        for (String each : form.split("&", -1)) {
          String[] parts = each.split("=", 2);
          tests.put(URLDecoder.decode(parts[0], UTF_8), URLDecoder.decode(parts[1], UTF_8));
        }
        exchange.sendResponseHeaders(204, -1);
        told.complete(tests);
      }
    }

    @Override
    public void close() {
      http.stop(0);
      threads.shutdownNow();
    }
  }
}
