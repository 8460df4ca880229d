package dev.mooring.admin;

import static dev.mooring.server.testing.Eventually.assertEventually;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.fasterxml.jackson.jr.ob.JSON;
import dev.mooring.proto.v1.CloseReason;
import dev.mooring.proto.v1.GoAwayReason;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.AdminFixture;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.RawClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** What operators see and do, over HTTP. */
@Timeout(60)
@Patient
final class AdminIT extends AdminFixture {
  private static final String TOKEN = "an-operators-token-0123456789";

  private final HttpClient http = HttpClient.newHttpClient();

  @AfterEach
  void hangUp() {
    http.close();
  }

  private HttpRequest.Builder at(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + adminPort() + path));
  }

  private HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private Map<String, Object> get(String path) {
    HttpResponse<String> answer = send(at(path));
    assertEquals(200, answer.statusCode(), answer.body());
    return json(answer.body());
  }

  private static Map<String, Object> json(String text) {
    try {
      return JSON.std.mapFrom(text);
    } catch (IOException e) {
      throw new AssertionError(text, e);
    }
  }

  private HttpResponse<String> post(String path, String body) {
    return send(at(path).POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> list(Map<String, Object> of, String name) {
    return (List<Map<String, Object>>) requireNonNull(of.get(name));
  }

  private static Object at(Map<String, Object> of, String... path) {
    Object at = of;
    for (String name : path) {
      at = requireNonNull(((Map<?, ?>) at).get(name));
    }
    return at;
  }

  @Test
  void health_isOkUntilItDrains() throws Exception {
    assertEquals("ok", get("/health/live").get("status"));
    assertEquals("ok", get("/health/ready").get("status"));
  }

  @Test
  void server_saysWhatWasDone() throws Exception {
    try (RawClient client = open("counter")) {
      for (int i = 0; i < 200; i++) {
        client.callI64("add", RawClient.i64(1));
      }
      assertEventually(
          () -> at(get("/api/v1/server"), "calls", "committed").equals(200), "its calls are seen");
      Map<String, Object> now = get("/api/v1/server");
      assertEquals(1, now.get("sessions"));
      assertEquals(2, list(now, "loops").size());
    }
  }

  @Test
  void sessions_areListedFilteredAndSorted() throws Exception {
    try (RawClient busy = open("counter");
        RawClient _ = open("counter");
        RawClient _ = open("echo")) {
      for (int i = 0; i < 10; i++) {
        busy.callI64("add", RawClient.i64(1));
      }
      Map<String, Object> all = get("/api/v1/sessions");
      assertEquals(3, all.get("matching"));
      assertEquals(true, all.get("whole"));
      Map<String, Object> counters = get("/api/v1/sessions?module=counter&sort=calls&limit=1");
      assertEquals(2, counters.get("matching"));
      Map<String, Object> most = list(counters, "sessions").getFirst();
      assertEquals(10, most.get("committed"));
      assertEquals("attached", most.get("state"));
      Map<String, Object> next = get("/api/v1/sessions?module=counter&sort=calls&offset=1");
      assertEquals(0, list(next, "sessions").getFirst().get("committed"));
      Map<String, Object> one = get("/api/v1/sessions/" + most.get("id"));
      assertEquals(List.of(), one.get("config_keys"));
      assertTrue(((List<?>) at(one, "changed_kib")).size() > 0, one::toString);
      assertEquals("10", one.get("last_call_id"));
    }
  }

  @Test
  void end_tellsTheClientWhy() throws Exception {
    try (RawClient client = open("counter")) {
      String id = (String) list(get("/api/v1/sessions"), "sessions").getFirst().get("id");
      HttpResponse<String> done =
          post("/api/v1/sessions/" + id + "/end", "{\"reason\": \"too loud\"}");
      assertEquals(200, done.statusCode(), done.body());
      ServerMessage goAway = client.receive();
      assertEquals(GoAwayReason.OPERATOR, goAway.getGoAway().getReason());
      assertEquals("too loud", goAway.getGoAway().getMessage());
      assertEquals(CloseReason.GONE_AWAY, client.receive().getClosed().getReason());
      client.assertEnded();
      assertEventually(
          () -> send(at("/api/v1/sessions/" + id)).statusCode() == 404, "it is there no more");
      assertEquals(404, post("/api/v1/sessions/" + id + "/end", "").statusCode());
    }
  }

  @Test
  void sleep_ofASessionThatEndsWithItsConnection_isRefused() throws Exception {
    try (RawClient client = open("counter")) {
      String id = (String) list(get("/api/v1/sessions"), "sessions").getFirst().get("id");
      HttpResponse<String> refused = post("/api/v1/sessions/" + id + "/sleep", "");
      assertEquals(409, refused.statusCode());
      assertTrue(refused.body().contains("ends with its connection"), refused.body());
      assertEquals(1, client.callI64("add", RawClient.i64(1)));
    }
  }

  @Test
  void follow_showsCallsAsTheyCome_andThatTheSessionHasLeft() throws Exception {
    try (RawClient client = open("counter")) {
      String id = (String) list(get("/api/v1/sessions"), "sessions").getFirst().get("id");
      HttpResponse<java.io.InputStream> stream =
          http.send(
              at("/api/v1/sessions/" + id + "/follow").build(),
              HttpResponse.BodyHandlers.ofInputStream());
      assertEquals(200, stream.statusCode());
      var lines = new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8));
      assertEquals(409, send(at("/api/v1/sessions/" + id + "/follow")).statusCode());
      client.callI64("add", RawClient.i64(1));
      client.sendCall("nothing", new byte[0]);
      client.receive();
      assertEquals("event: call", lines.readLine());
      Map<String, Object> call = json(lines.readLine().substring(6));
      assertEquals("add", call.get("function"));
      assertEquals(null, call.get("error"));
      assertTrue(((Number) at(call, "ran_us")).doubleValue() > 0, call::toString);
      assertEquals("", lines.readLine());
      lines.readLine();
      call = json(lines.readLine().substring(6));
      assertEquals("FUNCTION_NOT_FOUND", call.get("error"));
      client.sendClose();
      lines.readLine();
      assertEquals("event: left", lines.readLine());
    }
  }

  @Test
  void lists_ofModulesLoopsTenants_areThere() throws Exception {
    try (RawClient client = open("counter")) {
      client.callI64("add", RawClient.i64(1));
      Map<String, Object> module = list(get("/api/v1/modules"), "modules").getFirst();
      assertEquals("counter", module.get("name"));
      assertTrue(((List<?>) at(module, "exports")).contains("add(i64) -> i64"), module::toString);
      assertEquals(2, list(get("/api/v1/loops"), "loops").size());
      assertEquals(List.of(), get("/api/v1/tenants").get("tenants"));
    }
  }

  @Test
  void metrics_areWhatPrometheusReads() throws Exception {
    try (RawClient client = open("counter")) {
      for (int i = 0; i < 1_000; i++) {
        client.callI64("add", RawClient.i64(1));
      }
      assertEventually(
          () -> {
            String text = send(at("/metrics")).body();
            return text.contains("mooring_calls_total{outcome=\"committed\"} 1000.0")
                && text.contains("mooring_call_running_seconds_count{module=\"counter\"} 15");
          },
          "all calls are counted, and of one in 64 the time");
    }
  }

  /** As the description has them, with ids that are there. */
  private void assertDescribed(String method, String path, String asked, String body)
      throws IOException {
    HttpRequest.Builder request =
        method.equals("GET")
            ? at(asked)
            : at(asked).POST(HttpRequest.BodyPublishers.ofString(body));
    HttpResponse<String> answer = send(request);
    assertEquals(
        "", new ApiDescription().check(method, path, answer.statusCode(), answer.body()), asked);
  }

  @Test
  void answers_areAsTheDescriptionSays() throws Exception {
    var left = new TreeSet<>(new ApiDescription().operations());
    left.remove("GET /metrics");
    left.remove("GET /api/v1/sessions/{id}/follow");
    try (RawClient client = open("counter")) {
      client.callI64("add", RawClient.i64(1));
      client.sendCall("nothing", new byte[0]);
      client.receive();
      String id = (String) at(list(get("/api/v1/sessions"), "sessions").getFirst(), "id");
      var bodies =
          Map.of(
              "/api/v1/loggers",
              "{\"name\":\"root\",\"level\":\"info\",\"seconds\":1}",
              "/api/v1/modules/{name}/profile",
              "{\"seconds\":1}");
      for (String operation : List.copyOf(left)) {
        String[] words = operation.split(" ", 2);
        if (words[1].endsWith("/end")) {
          continue; // In the end.
        }
        String asked = words[1].replace("{id}", id).replace("{name}", "counter");
        assertDescribed(words[0], words[1], asked, bodies.getOrDefault(words[1], ""));
        left.remove(operation);
      }
      for (String wrong : List.of("nobody", id)) {
        String path = "/api/v1/sessions/{id}/end";
        assertDescribed("POST", path, path.replace("{id}", wrong), "");
      }
      left.remove("POST /api/v1/sessions/{id}/end");
      assertEquals(Set.of(), left);
      assertDescribed("GET", "/api/v1/sessions", "/api/v1/sessions?sort=best", "");
      assertDescribed("POST", "/api/v1/loggers", "/api/v1/loggers", "{\"level\":\"loud\"}");
    }
  }

  @Test
  void logger_isChangedForAWhile() throws Exception {
    var logger = (Logger) LoggerFactory.getLogger("dev.mooring.session.Conversation");
    Level before = logger.getLevel(); // Other tests may have set it.
    String wanted = Level.TRACE.equals(before) ? "error" : "trace";
    String body =
        "{\"name\":\"dev.mooring.session.Conversation\",\"level\":\"%s\",\"seconds\":1}"
            .formatted(wanted);
    assertEquals(200, post("/api/v1/loggers", body).statusCode());
    assertEquals(Level.toLevel(wanted), logger.getLevel());
    assertEventually(() -> Objects.equals(before, logger.getLevel()), "it is as it was");
    assertEquals(
        404, post("/api/v1/loggers", body.replace("Conversation", "Nothing")).statusCode());
  }

  @Test
  void drain_ofAServerThatAProgramStarted_isRefused() throws Exception {
    assertEquals(409, post("/api/v1/drain", "").statusCode());
    assertEquals(409, post("/api/v1/reload", "").statusCode());
  }

  @Test
  void request_thatIsWrong_isToldHow() throws Exception {
    for (String path :
        List.of(
            "/api/v1/sessions?sort=best",
            "/api/v1/sessions?limit=x",
            "/api/v1/sessions?colour=red",
            "/api/v1/sessions?limit=1&limit=2")) {
      HttpResponse<String> answer = send(at(path));
      assertEquals(400, answer.statusCode(), path);
      assertTrue(answer.body().startsWith("{\"error\":"), answer.body());
    }
    assertEquals(404, send(at("/nothing")).statusCode());
    assertEquals(404, send(at("/api/v2/server")).statusCode());
    assertEquals(405, post("/api/v1/server", "").statusCode());
    assertEquals(400, post("/api/v1/sessions/x/end", "[").statusCode());
    assertEquals(400, post("/api/v1/sessions/x/end", "{\"colour\": 1}").statusCode());
  }

  /** Sends bytes, and reads the head of what is answered; empty if it only hangs up. */
  private String answer(String request) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), adminPort())) {
      socket.setSoTimeout(20_000);
      String lines = request.replaceAll("(?<!\r)\n", "\r\n");
      socket.getOutputStream().write(lines.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void foreignHostOrOrigin_isRefusedEverywhere() throws Exception {
    for (String path : List.of("/", "/metrics", "/health/live", "/api/v1/server")) {
      String host =
          answer("GET " + path + " HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
      assertTrue(host.startsWith("HTTP/1.1 403 "), host);
      String origin =
          answer(
              "GET "
                  + path
                  + " HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\n"
                  + "Connection: close\r\n\r\n");
      assertTrue(origin.startsWith("HTTP/1.1 403 "), origin);
    }
    String own =
        answer(
            """
            GET /health/live HTTP/1.1
            Host: localhost:1
            Origin: http://localhost:1
            Connection: close

            """);
    assertTrue(own.startsWith("HTTP/1.1 200 "), own);
    String none = answer("GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n");
    assertTrue(none.startsWith("HTTP/1.1 400 "), none);
  }

  @Test
  void tokens_areAskedFor_butForHealthAndThePage() throws Exception {
    Path tokens = Files.writeString(files.resolve("tokens"), "olga = " + TOKEN + "\n");
    serve(config(AdminConfig.DEFAULTS.withTokens(tokens)));
    assertEquals(200, send(at("/health/ready")).statusCode());
    assertEquals(200, send(at("/")).statusCode());
    HttpResponse<String> unknown = send(at("/api/v1/server"));
    assertEquals(401, unknown.statusCode());
    assertEquals("Bearer", unknown.headers().firstValue("www-authenticate").orElse(""));
    assertEquals(401, send(at("/metrics").header("Authorization", "Bearer guess")).statusCode());
    assertEquals(200, send(at("/metrics").header("Authorization", "Bearer " + TOKEN)).statusCode());
  }

  @Test
  void start_beyondLoopbackWithoutTokens_isRefused() throws Exception {
    var everywhere = new InetSocketAddress("0.0.0.0", 0);
    ServerConfig config = config(AdminConfig.DEFAULTS);
    ServerConfig unsafe = config.withAdmin(config.admin().withListen(everywhere));
    IOException refused =
        org.junit.jupiter.api.Assertions.assertThrows(
            IOException.class, () -> MooringServer.start(unsafe));
    assertTrue(
        String.valueOf(refused.getMessage()).contains("tokens under [admin]"), refused::toString);
  }

  @Test
  void connections_areBounded_andSilentOnesEnd() throws Exception {
    serve(config(AdminConfig.DEFAULTS.withLimits(3, 500, 0)));
    var sockets = new ArrayList<Socket>();
    try {
      for (int i = 0; i < 10; i++) {
        var socket = new Socket(InetAddress.getLoopbackAddress(), adminPort());
        socket.setSoTimeout(20_000);
        sockets.add(socket);
      }
      for (Socket socket : sockets) {
        assertEquals(-1, socket.getInputStream().read());
      }
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
    assertEquals(200, send(at("/health/live")).statusCode());
  }

  @Test
  void requests_tooMany_areRefused() throws Exception {
    serve(config(AdminConfig.DEFAULTS.withLimits(10, 10_000, 5)));
    int refused = 0;
    for (int i = 0; i < 50; i++) {
      refused += send(at("/health/live")).statusCode() == 429 ? 1 : 0;
    }
    assertTrue(refused > 20, () -> "some were refused");
    assertEventually(() -> send(at("/health/live")).statusCode() == 200, "later ones are answered");
  }

  @Test
  void request_thatComesInPieces_isAnswered() throws Exception {
    String request =
        """
        GET /health/live HTTP/1.1
        Host: localhost
        Connection: close

        """
            .replace("\n", "\r\n");
    for (int at : List.of(3, 30, request.length() - 1)) {
      try (var socket = new Socket(InetAddress.getLoopbackAddress(), adminPort())) {
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
        byte[] bytes = request.getBytes(StandardCharsets.US_ASCII);
        socket.getOutputStream().write(bytes, 0, at);
        Thread.sleep(200); // So that the first piece is read by itself.
        socket.getOutputStream().write(bytes, at, bytes.length - at);
        String answer =
            new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertTrue(answer.startsWith("HTTP/1.1 200 OK"), answer);
      }
    }
  }

  @Test
  void rubbish_endsOnlyItself() throws Exception {
    serve(config(AdminConfig.DEFAULTS.withLimits(10, 1_000, 0)));
    Stream.of(
            "\0\1\2\r\n\r\n",
            "GET\r\n\r\n",
            "GET / HTTP/1.1\r\n" + "X: y\r\n".repeat(5_000) + "\r\n",
            "POST /api/v1/drain HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\nConnection: close\r\n\r\n")
        .forEach(
            bytes -> {
              try {
                String answer = answer(bytes);
                assertTrue(answer.isEmpty() || answer.startsWith("HTTP/1.1 4"), answer);
              } catch (IOException e) {
                // It was cut off.
              }
            });
    assertEquals(200, send(at("/health/live")).statusCode());
  }
}
