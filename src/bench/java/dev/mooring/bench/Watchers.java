package dev.mooring.bench;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Who looks on at a server's admin side: a Prometheus, a page and somebody who follows a session.
 *
 * <p>A thread each.
 */
final class Watchers implements AutoCloseable {
  private static final int PERIOD_MILLIS = 1_000;

  private final int port;
  private final HttpClient http = HttpClient.newHttpClient();
  private final AtomicInteger answers = new AtomicInteger();
  private volatile boolean over;

  Watchers(int port) {
    this.port = port;
  }

  /** What has a server listen there for operators. */
  static String config(int port) {
    return "[admin]\nlisten = '127.0.0.1:" + port + "'\n";
  }

  static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Begins. */
  void watch(Watch who) {
    if (who.readsMetrics()) {
      start(() -> each("/metrics"));
    }
    if (who.hasPage()) {
      start(
          () -> {
            each("/api/v1/server");
            each("/api/v1/sessions?sort=time");
          });
    }
    if (who.follows()) {
      start(this::follow);
    }
  }

  /** How often they were answered. */
  int answers() {
    return answers.get();
  }

  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private void start(Work work) {
    var _ =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  while (!over) {
                    try {
                      work.run();
                      Thread.sleep(PERIOD_MILLIS);
                    } catch (IOException e) {
                      // The server ends.
                    } catch (InterruptedException e) {
                      return;
                    }
                  }
                });
  }

  private void each(String path) throws IOException, InterruptedException {
    HttpResponse<String> answer = http.send(at(path), HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() == 200) {
      answers.incrementAndGet();
    }
  }

  private HttpRequest at(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build();
  }

  private @Nullable String busiest() throws IOException, InterruptedException {
    String json =
        http.send(at("/api/v1/sessions?sort=time&limit=1"), HttpResponse.BodyHandlers.ofString())
            .body();
    Object sessions = JSON.std.mapFrom(json).get("sessions");
    return sessions instanceof List<?> list
            && !list.isEmpty()
            && list.getFirst() instanceof Map<?, ?> first
        ? String.valueOf(first.get("id"))
        : null;
  }

  private void follow() throws IOException, InterruptedException {
    String id = busiest();
    if (id == null) {
      return;
    }
    HttpResponse<InputStream> stream =
        http.send(
            at("/api/v1/sessions/" + id + "/follow"), HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream in = stream.body()) {
      in.skip(Long.MAX_VALUE);
    }
  }

  @Override
  public void close() {
    over = true;
    http.shutdownNow();
  }
}
