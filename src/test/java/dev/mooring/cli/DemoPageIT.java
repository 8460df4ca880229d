package dev.mooring.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.server.testing.Chromium;
import dev.mooring.server.testing.DevTools;
import dev.mooring.server.testing.Patient;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page of {@code mooring demo --web}, served by the distribution, in a browser. */
@Timeout(180)
@Patient
final class DemoPageIT {
  private static final int PATIENCE_SECONDS = 60;
  private static final String OPEN = "mooring: open ";

  @TempDir Path folder = Path.of("");

  private static String get(String address) throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      var answer =
          client.send(
              HttpRequest.newBuilder(URI.create(address)).build(), BodyHandlers.ofString(UTF_8));
      return answer.statusCode() + " " + answer.body();
    }
  }

  @Test
  void page_inABrowser_hasFourLiveSessions() throws Exception {
    Path log = folder.resolve("log");
    Process demo =
        new ProcessBuilder("target/mooring/bin/mooring", "demo", "--web", "--page", "127.0.0.1:0")
            .redirectError(log.toFile())
            .start();
    try (BufferedReader out = demo.inputReader(UTF_8)) {
      String told = String.valueOf(out.readLine());
      assertTrue(told.startsWith(OPEN), () -> told + read(log));
      String address = told.substring(OPEN.length(), told.indexOf(" in a browser"));
      assertEquals("404 there is no such page\n", get(address + "../conf/mooring.toml"));
      try (var chromium = Chromium.open(URI.create(address), folder);
          DevTools page = chromium.devTools()) {
        use(page);
        assertEquals(List.of(), chromium.console());
      }
      demo.destroy();
      assertTrue(demo.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "it doesn't end");
      assertEquals(0, demo.exitValue(), () -> read(log));
    } finally {
      demo.destroyForcibly();
    }
  }

  private static void use(DevTools page) throws Exception {
    page.await(text("counter [data-value]"), "0");
    page.await(text("wordcount [data-note]"), "17 words, 13 of them different");
    page.await(text("hello [data-log] li"), "event ahoy");
    page.await("String(Number(" + text("ticker [data-value]") + ") > 1)", "true");
    click(page, "counter [data-add='100']");
    page.await(text("counter [data-value]"), "100");
    click(page, "counter [data-many]");
    page.await(text("counter [data-value]"), "10,100");
    page.evaluate("document.querySelector('#amount').value = '\"five\"', ''");
    click(page, "hello button");
    page.await(
        text("hello [data-log] li"), "add(\"five\"): GUEST_FAILED: TypeError: five is no number");
    page.evaluate("document.querySelector('#amount').value = '7', ''");
    click(page, "hello button");
    page.await(text("hello [data-log] li"), "add(7) = 7");
    page.screenshot(Path.of("target/screenshots/demo-light.png"), 1100, 900, false);
    page.screenshot(Path.of("target/screenshots/demo-dark.png"), 1100, 900, true);
    page.screenshot(Path.of("target/screenshots/demo-phone.png"), 390, 1700, true);
    page.evaluate("location.reload(), ''");
    page.await(text("counter [data-value]"), "10,100"); // It is kept under a name.
    page.await(text("counter [data-note]"), "It was here before, and goes on.");
  }

  /** What a part of a card says. */
  private static String text(String selector) {
    return "String(document.querySelector(\"[data-module=%s\")?.textContent)"
        .formatted(selector.replaceFirst(" ", "] "));
  }

  private static void click(DevTools page, String selector) throws InterruptedException {
    page.evaluate(
        "document.querySelector(\"[data-module=%s\").click(), ''"
            .formatted(selector.replaceFirst(" ", "] ")));
  }

  private static String read(Path file) {
    try {
      return "\n" + Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
