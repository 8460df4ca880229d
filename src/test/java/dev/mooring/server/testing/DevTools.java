package dev.mooring.server.testing;

import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Drives a page that {@link Chromium} shows: evaluates scripts in it, and takes pictures. */
public final class DevTools implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 60;
  private static final Pattern URL = Pattern.compile("\"webSocketDebuggerUrl\": *\"([^\"]+)\"");
  private static final Pattern PAGE = Pattern.compile("\\{[^{}]*\"type\": *\"page\"[^{}]*}");
  private static final Pattern STRING = Pattern.compile("\"value\": *\"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final Pattern DATA = Pattern.compile("\"data\": *\"([^\"]*)\"");

  private final HttpClient client = HttpClient.newHttpClient();
  private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private final WebSocket socket;
  private int lastId;

  /**
   * Of the first page.
   *
   * @param profile the browser's
   */
  DevTools(Path profile) throws IOException, InterruptedException {
    String port = await(profile.resolve("DevToolsActivePort"));
    String pages = "";
    for (int i = 0; i < 10 * PATIENCE_SECONDS && !PAGE.matcher(pages).find(); i++) {
      var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json"));
      pages = client.send(request.build(), BodyHandlers.ofString()).body();
      TimeUnit.MILLISECONDS.sleep(100);
    }
    socket =
        client
            .newWebSocketBuilder()
            .buildAsync(URI.create(found(URL, found(PAGE, pages, 0), 1)), new Listener())
            .join();
  }

  private static String await(Path file) throws IOException, InterruptedException {
    for (int i = 0; i < 10 * PATIENCE_SECONDS; i++) {
      if (Files.exists(file) && Files.size(file) > 0) {
        return Files.readAllLines(file).getFirst();
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    return fail("Chromium doesn't say where it is to be driven");
  }

  private static String found(Pattern pattern, String text, int group) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? matcher.group(group) : fail("not found in " + text);
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        heard.add(text.toString());
        text.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  private String ask(String method, String parameters) throws InterruptedException {
    int id = ++lastId;
    socket
        .sendText(
            "{\"id\":%d,\"method\":\"%s\",\"params\":{%s}}".formatted(id, method, parameters), true)
        .join();
    while (true) {
      String answer = heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (answer == null) {
        return fail("Chromium doesn't answer " + method);
      }
      if (answer.startsWith("{\"id\":" + id + ",")) {
        return answer;
      }
    }
  }

  /** The string that an expression is, of which a promise is awaited; without line breaks in it. */
  public String evaluate(String expression) throws InterruptedException {
    String quoted = expression.replace("\\", "\\\\").replace("\"", "\\\"");
    String answer =
        ask(
            "Runtime.evaluate",
            "\"awaitPromise\":true,\"returnByValue\":true,\"expression\":\"%s\"".formatted(quoted));
    return found(STRING, answer, 1).replace("\\\"", "\"").replace("\\\\", "\\");
  }

  /** Runs a whole script, whatever it comes to. */
  public void run(String script) throws Exception {
    var parameters = new LinkedHashMap<String, Object>();
    parameters.put("expression", script);
    String json = JSON.std.asString(parameters);
    ask("Runtime.evaluate", json.substring(1, json.length() - 1));
  }

  /**
   * Presses a key, and lets it go.
   *
   * @param name as the browser has it, such as Tab
   * @param code the number that goes with it
   */
  public void press(String name, int code) throws InterruptedException {
    String text = name.equals("Enter") ? ",\"text\":\"\\r\"" : "";
    for (String type : List.of("keyDown", "keyUp")) {
      ask(
          "Input.dispatchKeyEvent",
          "\"type\":\"%s\",\"key\":\"%s\",\"code\":\"%s\",\"windowsVirtualKeyCode\":%d%s"
              .formatted(type, name, name, code, type.equals("keyDown") ? text : ""));
    }
  }

  /** Waits until an expression is this string. */
  public void await(String expression, String expected) throws InterruptedException {
    String last = "";
    for (int i = 0; i < 10 * PATIENCE_SECONDS; i++) {
      last = evaluate(expression);
      if (last.equals(expected)) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    fail("%s: expected %s, got %s".formatted(expression, expected, last));
  }

  /** What the page looks like, as a PNG. */
  public void screenshot(Path file, int width, int height, boolean isDark) throws Exception {
    ask(
        "Emulation.setDeviceMetricsOverride",
        "\"width\":%d,\"height\":%d,\"deviceScaleFactor\":1,\"mobile\":false"
            .formatted(width, height));
    ask(
        "Emulation.setEmulatedMedia",
        "\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"%s\"}]"
            .formatted(isDark ? "dark" : "light"));
    String png = found(DATA, ask("Page.captureScreenshot", "\"format\":\"png\""), 1);
    Files.createDirectories(file.getParent());
    Files.write(file, Base64.getDecoder().decode(png));
  }

  @Override
  public void close() {
    socket.abort();
    client.close();
  }
}
