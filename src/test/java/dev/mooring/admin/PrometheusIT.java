package dev.mooring.admin;

import static dev.mooring.server.testing.Eventually.assertEventually;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.cli.TestConsole;
import dev.mooring.server.testing.AdminFixture;
import dev.mooring.server.testing.Needed;
import dev.mooring.server.testing.Patient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a real Prometheus makes of the server's metrics. Where there is none, it is skipped. */
@Patient
@Timeout(120)
final class PrometheusIT extends AdminFixture {
  private static final int CALLS = 20_000;

  private final HttpClient http = HttpClient.newHttpClient();

  @AfterEach
  void hangUp() {
    http.close();
  }

  private static Path program(String name) {
    return Needed.programs(name)
        .findFirst()
        .orElseThrow(
            () ->
                Needed.missing(
                    "there is no " + name + " on the PATH", "install Debian's package prometheus"));
  }

  private String get(int port, String path) {
    try {
      var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build();
      return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException | InterruptedException e) {
      return e.toString();
    }
  }

  private void load() {
    int port = ((InetSocketAddress) server.address()).getPort();
    var line =
        "loadtest --server 127.0.0.1:%d --count %d --connections 8 --pipeline 4 --warm-up 0"
            .formatted(port, CALLS);
    TestConsole.Ending ending = TestConsole.run(line.split(" ", -1));
    assertEquals(0, ending.exitCode(), ending.err());
  }

  @Test
  void metrics_afterALoad_pleasePromtool() throws Exception {
    Path promtool = program("promtool");
    load();
    Process check =
        new ProcessBuilder(promtool.toString(), "check", "metrics")
            .redirectErrorStream(true)
            .start();
    check.getOutputStream().write(get(adminPort(), "/metrics").getBytes(UTF_8));
    check.getOutputStream().close();
    String said = new String(check.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, check.waitFor(), said);
    assertEquals("", said);
  }

  @Test
  void calls_ofALoadTest_areThoseThatPrometheusHas() throws Exception {
    Path prometheus = program("prometheus");
    int port = freePort();
    Path config =
        Files.writeString(
            files.resolve("prometheus.yml"),
            """
            scrape_configs:
              - job_name: mooring
                scrape_interval: 1s
                static_configs:
                  - targets: ["127.0.0.1:%d"]
            """
                .formatted(adminPort()));
    Process running =
        new ProcessBuilder(
                List.of(
                    prometheus.toString(),
                    "--config.file=" + config,
                    "--storage.tsdb.path=" + files.resolve("data"),
                    "--web.listen-address=127.0.0.1:" + port))
            .redirectErrorStream(true)
            .redirectOutput(files.resolve("log").toFile())
            .start();
    try {
      load();
      String query =
          "/api/v1/query?query="
              + URLEncoder.encode("mooring_calls_total{outcome=\"committed\"}", UTF_8);
      assertEventually(
          () -> get(port, query).contains("\"" + CALLS + "\"]"), "Prometheus has counted all");
      String latency =
          URLEncoder.encode("histogram_quantile(0.5, mooring_call_running_seconds_bucket)", UTF_8);
      assertTrue(get(port, "/api/v1/query?query=" + latency).contains("\"module\":\"echo\""));
    } finally {
      running.destroy();
      if (!running.waitFor(10, TimeUnit.SECONDS)) {
        running.destroyForcibly();
      }
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
