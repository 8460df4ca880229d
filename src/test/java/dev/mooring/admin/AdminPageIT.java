package dev.mooring.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.v1.CloseReason;
import dev.mooring.proto.v1.GoAwayReason;
import dev.mooring.server.testing.AdminFixture;
import dev.mooring.server.testing.Chromium;
import dev.mooring.server.testing.DevTools;
import dev.mooring.server.testing.Needed;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.RawClient;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The page of the admin side, in a browser, before a server that has something to do. */
@Timeout(180)
@Patient
final class AdminPageIT extends AdminFixture {
  private static final String TOKEN = "an-operators-token-0123456789";
  private static final Path AXE = Path.of("test/javascript/node_modules/axe-core/axe.min.js");
  private static final Path PICTURES = Path.of("target/screenshots");

  /** What axe-core looks for: WCAG's levels, contrast up to AAA, and what is reached in turn. */
  private static final String RULES =
      "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],"
          + " rules: {'color-contrast-enhanced': {enabled: true},"
          + " 'focus-order-semantics': {enabled: true}}}";

  private final AtomicBoolean isBusy = new AtomicBoolean(true);

  private URI page() {
    return URI.create("http://127.0.0.1:" + adminPort() + "/");
  }

  /** Calls until it is told to stop. */
  private Thread load(RawClient client) {
    return Thread.ofVirtual()
        .start(
            () -> {
              while (isBusy.get()) {
                client.callI64("add", RawClient.i64(1));
              }
            });
  }

  private static String text(String selector) {
    return "String(document.querySelector('%s')?.textContent)".formatted(selector);
  }

  private static void click(DevTools page, String button) throws InterruptedException {
    String found = "[...document.querySelectorAll('button')].find(b => b.textContent === '%s')";
    page.await("String(%s?.disabled)".formatted(found.formatted(button)), "false");
    page.evaluate(found.formatted(button) + ".click(), ''");
  }

  /** Nothing that axe-core finds; what is wrong and where, if it does. */
  private static void assertAccessible(DevTools page, String view) throws InterruptedException {
    String found =
        page.evaluate(
            "axe.run(document, %s).then(r => r.violations.flatMap(v => v.nodes.map(n =>"
                    .formatted(RULES)
                + " v.id + ' ' + n.html)).join(' | '))");
    assertEquals("", found, view);
  }

  private static void inject(DevTools page) throws Exception {
    if (!Files.exists(AXE)) {
      throw Needed.missing(
          "axe-core isn't there, so nobody has looked who can't use the page",
          "npm ci in src/test/javascript installs it");
    }
    page.run(Files.readString(AXE));
  }

  @Test
  void page_underLoad_isLive_andASessionIsFoundFollowedEnded() throws Exception {
    try (RawClient busy = open("counter");
        RawClient other = open("counter");
        RawClient _ = open("echo");
        var chromium = Chromium.open(page(), files);
        DevTools page = chromium.devTools()) {
      Thread load = load(busy);
      other.sendCall("nothing", new byte[0]);
      other.receive();
      page.await(text("#state"), "ready");
      String first = "document.querySelector('.huge .big').textContent";
      page.await("String(Number(%s.replace(/[^0-9]/g, '')) > 100)".formatted(first), "true");
      page.await("String(document.querySelectorAll('.tall polyline').length > 1)", "true");
      String seen = page.evaluate(text(".huge .sub"));
      page.await("String(%s !== '%s')".formatted(text(".huge .sub"), seen), "true");
      inject(page);
      look(page, "overview", 1280, 900);

      page.evaluate("document.querySelector('nav a[href=\"#sessions\"]').click(), ''");
      page.await("String(document.querySelectorAll('tbody tr').length)", "3");
      page.evaluate(
          "document.querySelector('[name=sort]').value = 'calls',"
              + " document.querySelector('[name=sort]').dispatchEvent(new Event('change', {bubbles:"
              + " true})), ''");
      page.await("location.hash", "#sessions?sort=calls");
      look(page, "sessions", 1280, 600);
      page.await("String(document.querySelectorAll('tbody tr').length)", "3");
      page.evaluate("document.querySelector('tbody a').click(), ''");
      page.await(text("dd a"), "counter");
      click(page, "Follow live");
      page.await("String(parseInt(%s) > 10)".formatted(text("[data-told]")), "true");
      page.await("String(document.querySelectorAll('.follow-rows tbody tr').length)", "200");
      look(page, "session", 1280, 1250);

      isBusy.set(false);
      load.join();
      click(page, "End…");
      page.await("document.activeElement.name", "reason");
      page.evaluate("document.activeElement.value = 'too loud', ''");
      click(page, "End it");
      page.await(text("#said"), "The session was ended, and its client told why.");
      page.await("String(%s.endsWith('ended'))".formatted(text("[data-told]")), "true");
      var goAway = busy.receive().getGoAway();
      assertEquals(GoAwayReason.OPERATOR, goAway.getReason());
      assertEquals("too loud", goAway.getMessage());
      assertEquals(CloseReason.GONE_AWAY, busy.receive().getClosed().getReason());

      for (String view : List.of("modules", "loops", "tenants")) {
        page.evaluate("location.hash = '%s', ''".formatted(view));
        page.await(
            "String(document.querySelector('nav a[href=\"#%s\"]').getAttribute('aria-current'))"
                .formatted(view),
            "page");
        page.await(
            "String(document.querySelector('#view tbody tr, #view .none') !== null)", "true");
        assertAccessible(page, view);
      }
      assertEquals(List.of(), chromium.console());
    }
  }

  /** In both themes and on a phone. */
  private static void look(DevTools page, String view, int width, int height) throws Exception {
    page.screenshot(PICTURES.resolve("admin-" + view + "-light.png"), width, height, false);
    assertAccessible(page, view + ", light");
    page.screenshot(PICTURES.resolve("admin-" + view + "-dark.png"), width, height, true);
    assertAccessible(page, view + ", dark");
    page.screenshot(PICTURES.resolve("admin-" + view + "-phone.png"), 390, 844, true);
    assertAccessible(page, view + ", phone");
    assertEquals(
        "true",
        page.evaluate("String(document.documentElement.scrollWidth <= innerWidth)"),
        view + " is wider than a phone");
    page.screenshot(PICTURES.resolve("admin-" + view + "-light.png"), width, height, false);
  }

  @Test
  void page_byKeyboard_isReachedFromTopToBottom() throws Exception {
    try (RawClient _ = open("counter");
        var chromium = Chromium.open(page().resolve("#sessions"), files);
        DevTools page = chromium.devTools()) {
      page.await("String(document.querySelectorAll('tbody tr').length)", "1");
      var reached = new ArrayList<String>();
      for (int i = 0; i < 14; i++) {
        page.press("Tab", 9);
        reached.add(
            page.evaluate(
                "document.activeElement.name || document.activeElement.getAttribute('href') ||"
                    + " document.activeElement.className || document.activeElement.tagName"));
      }
      assertEquals(
          List.of(
              "#main",
              "#",
              "#sessions",
              "#modules",
              "#loops",
              "#tenants",
              "id",
              "module",
              "tenant",
              "name",
              "loop",
              "state",
              "sort",
              "scroll"),
          reached);
      page.press("Tab", 9);
      String session = page.evaluate("document.activeElement.getAttribute('href')");
      assertTrue(session.startsWith("#session/"), session);
      page.press("Enter", 13);
      page.await(text("dd a"), "counter");
      assertEquals("H2", page.evaluate("document.activeElement.tagName"));
    }
  }

  @Test
  void page_ofAServerThatAsksWhoItIs_asksForATokenAndKeepsItInItsTab() throws Exception {
    Path tokens = Files.writeString(files.resolve("tokens"), "olga = " + TOKEN + "\n");
    serve(config(AdminConfig.DEFAULTS.withTokens(tokens)));
    try (var chromium = Chromium.open(page(), files);
        DevTools page = chromium.devTools()) {
      page.await("String(document.querySelector('#token-form')?.hidden)", "false");
      page.evaluate("document.querySelector('#token').value = 'a guess', ''");
      click(page, "Go on");
      page.await(text("#token-why"), "this token isn't known");
      page.evaluate("document.querySelector('#token').value = '%s', ''".formatted(TOKEN));
      click(page, "Go on");
      page.await(text("#state"), "ready");
      assertEquals(
          TOKEN + " 0",
          page.evaluate(
              "sessionStorage.getItem('mooring-admin-token') + ' ' + localStorage.length"));
    }
  }

  @Test
  void page_ofAServerThatIsGone_saysSo() throws Exception {
    try (var chromium = Chromium.open(page(), files);
        DevTools page = chromium.devTools()) {
      page.await(text("#state"), "ready");
      server.close();
      page.await(text("#state"), "unreachable");
      page.await(
          text("#alerts strong").replace("String(", "String(/^The server can.t be reached$/.test(")
              + ")",
          "true");
      page.screenshot(PICTURES.resolve("admin-unreachable-light.png"), 1280, 900, false);
    }
  }
}
