package dev.mooring.cli.admin;

import static dev.mooring.server.testing.Eventually.assertEventually;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.mooring.admin.AdminConfig;
import dev.mooring.cli.TestConsole;
import dev.mooring.cli.TestConsole.Ending;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.proto.v1.GoAwayReason;
import dev.mooring.server.testing.AdminFixture;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code mooring admin} and {@code mooring top} against a server in this process. */
@Timeout(120)
@Patient
final class AdminCommandsIT extends AdminFixture {
  private static final String TOKEN = "an-operators-token-0123456789";

  private String address() {
    return "127.0.0.1:" + adminPort();
  }

  private Ending admin(String... words) {
    return TestConsole.run(
        Stream.concat(Stream.of("admin", address()), Arrays.stream(words)).toArray(String[]::new));
  }

  private String ok(String... words) {
    Ending ending = admin(words);
    assertEquals(ExitCode.OK, ending.exitCode(), ending.err());
    return ending.out();
  }

  private static Map<String, Object> json(String text) throws IOException {
    return JSON.std.mapFrom(text);
  }

  private String id(String module) throws IOException {
    var sessions = (List<?>) json(ok("sessions", "--module", module, "--json")).get("sessions");
    return String.valueOf(((Map<?, ?>) requireNonNull(sessions).getFirst()).get("id"));
  }

  @Test
  void sessions_areATable_orJson() throws Exception {
    try (RawClient counter = open("counter");
        RawClient _ = open("echo")) {
      counter.callI64("add", RawClient.i64(1));
      List<String> lines = ok("sessions", "--sort", "calls").lines().toList();
      assertEquals(3, lines.size(), lines::toString);
      assertTrue(lines.getFirst().startsWith("SESSION "), lines::toString);
      assertTrue(lines.get(1).contains("  counter  attached "), lines::toString);
      assertEquals(2, ok("sessions", "--module", "echo").lines().count());
      assertEquals(2, json(ok("sessions", "--json")).get("matching"));
      Ending some = admin("sessions", "--limit", "1");
      assertEquals(2, some.out().lines().count(), some.out());
      assertEquals("mooring: 1 of 2; --offset shows more\n", some.err());
    }
  }

  @Test
  void session_isShownAndEnded() throws Exception {
    try (RawClient client = open("counter")) {
      client.callI64("add", RawClient.i64(1));
      String id = id("counter");
      String shown = ok("session", id);
      assertTrue(shown.contains("calls             1, 0 failed\n"), shown);
      assertTrue(shown.contains("waiting calls     0 of "), shown);
      assertEquals("1", json(ok("session", id, "--json")).get("last_call_id"));
      assertEquals("session " + id + " ends\n", ok("end", id, "--reason", "too \"loud\""));
      var goAway = client.receive().getGoAway();
      assertEquals(GoAwayReason.OPERATOR, goAway.getReason());
      assertEquals("too \"loud\"", goAway.getMessage());
      assertEventually(() -> admin("session", id).exitCode() == ExitCode.FAILED, "it is gone");
      assertEquals("mooring: there is no session " + id + "\n", admin("session", id).err());
    }
  }

  @Test
  void session_saysWhichCallsFailedLast() throws Exception {
    try (RawClient client = open("counter")) {
      client.callI64("add", RawClient.i64(1));
      client.sendCall("nothing", new byte[0]);
      client.receive();
      String shown = ok("session", id("counter"));
      assertTrue(
          shown.contains(", call 2: FUNCTION_NOT_FOUND: the module exports no function"), shown);
    }
  }

  @Test
  void config_andLogger_areThere() throws Exception {
    String config = ok("config");
    assertTrue(config.startsWith("KEY "), config);
    assertEquals(
        "dev.mooring.session is at debug for 2 s\n",
        ok("logger", "dev.mooring.session", "debug", "--seconds", "2"));
    Ending wrong = admin("logger", "dev.mooring.session", "loud");
    assertEquals(ExitCode.FAILED, wrong.exitCode());
    assertTrue(wrong.err().contains("trace, debug, info, warn, error"), wrong.err());
  }

  @Test
  void profile_ofABusyModule_namesItsFunctions() throws Exception {
    Path picture = files.resolve("wordcount.svg");
    byte[] text = "to be or not to be ".repeat(3_000).getBytes(StandardCharsets.UTF_8);
    var over = new AtomicBoolean();
    Thread caller =
        Thread.ofVirtual()
            .start(
                () -> {
                  try (RawClient client = open("wordcount")) {
                    while (!over.get()) {
                      client.sendCall("feed", text);
                      client.receive();
                    }
                  }
                });
    try {
      assertEventually(() -> ok("modules").contains("wordcount"), "it is served");
      String table = ok("profile", "wordcount", "--seconds", "2", "--svg", picture.toString());
      assertTrue(table.matches("(?s) *SELF +TOTAL +FUNCTION\n.*%.* feed\n.*"), table);
      assertTrue(Files.readString(picture).contains("<title>feed: "), "feed is in the picture");
    } finally {
      over.set(true);
      caller.join();
    }
    assertEquals("it wasn't found running\n", ok("profile", "wordcount", "--seconds", "1"));
    assertEquals("mooring: no module is served as nothing\n", admin("profile", "nothing").err());
    assertTrue(
        admin("profile", "wordcount", "--seconds", "61").err().contains("from 1 to 60"), "bounded");
  }

  @Test
  void follow_printsCallsUntilTheSessionEnds() throws Exception {
    try (RawClient client = open("counter")) {
      String id = id("counter");
      Thread caller =
          Thread.ofVirtual()
              .start(
                  () -> {
                    // Nobody says when somebody follows, so it calls until that has been seen.
                    for (int i = 0; i < 20; i++) {
                      client.callI64("add", RawClient.i64(1));
                      sleep(100);
                    }
                    client.sendClose();
                  });
      Ending followed = admin("follow", id);
      caller.join();
      assertTrue(followed.out().lines().count() > 3, followed.out());
      assertTrue(followed.out().lines().allMatch(line -> line.contains("  add ")), followed.out());
      assertEquals("mooring: the session is over, or went elsewhere\n", followed.err());
      assertEquals(ExitCode.OK, followed.exitCode());
    }
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void lists_haveAHeadEach() {
    try (RawClient _ = open("counter")) {
      assertTrue(ok("modules").startsWith("MODULE "), ok("modules"));
      assertEquals(3, ok("loops").lines().count(), ok("loops"));
      assertTrue(ok("tenants").startsWith("TENANT "), ok("tenants"));
      String figures = ok("server");
      assertTrue(figures.startsWith("state             ready\n"), figures);
      assertTrue(figures.contains("\nsessions          1, 1 in memory\n"), figures);
    }
  }

  @Test
  void refusals_areSaidInTheServersWords() throws Exception {
    try (RawClient _ = open("counter")) {
      Ending asleep = admin("sleep", id("counter"));
      assertEquals(
          "mooring: the session ends with its connection, and can't sleep\n", asleep.err());
      assertEquals(ExitCode.FAILED, asleep.exitCode());
    }
    assertEquals(
        "mooring: this server was started by a program that can't do that\n", admin("drain").err());
    assertEquals(ExitCode.FAILED, admin("reload").exitCode());
    Ending sorted = admin("sessions", "--sort", "best");
    assertTrue(sorted.err().startsWith("mooring: 'sort' is best; expected one of "), sorted.err());
    assertEquals(ExitCode.FAILED, sorted.exitCode());
  }

  @Test
  void server_thatAsksWhoItIs_isToldByTokenFile() throws Exception {
    Path tokens = Files.writeString(files.resolve("tokens"), "olga = " + TOKEN + "\n");
    serve(config(AdminConfig.DEFAULTS.withTokens(tokens)));
    Ending unknown = admin("loops");
    assertEquals(
        "mooring: the server at %s asks who you are: --token-file FILE, or the token in MOORING_ADMIN_TOKEN\n"
            .formatted(address()),
        unknown.err());
    assertEquals(ExitCode.FAILED, unknown.exitCode());
    Path right = Files.writeString(files.resolve("olga.token"), TOKEN + "\n");
    assertEquals(3, ok("--token-file", right.toString(), "loops").lines().count());
    assertEquals(3, ok("loops", "--token-file", right.toString()).lines().count());
    Path wrong = Files.writeString(files.resolve("wrong.token"), "guess\n");
    assertEquals(
        "mooring: the server at %s doesn't know this token\n".formatted(address()),
        admin("--token-file", wrong.toString(), "loops").err());
  }

  @Test
  void addressWithoutAnAdminSide_isSaid() throws Exception {
    int free;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    for (String[] words :
        new String[][] {{"admin", "127.0.0.1:" + free, "loops"}, {"top", "127.0.0.1:" + free}}) {
      Ending nobody = TestConsole.run(words);
      assertEquals(ExitCode.NO_SERVER, nobody.exitCode());
      assertTrue(
          nobody.err().startsWith("mooring: no admin side at 127.0.0.1:%d: ".formatted(free)),
          nobody.err());
    }
    String guests = "127.0.0.1:" + ((InetSocketAddress) server.address()).getPort();
    Ending other = TestConsole.run("admin", guests, "loops");
    assertTrue(other.exitCode() != ExitCode.OK, other.out());
    assertTrue(other.err().contains(guests), other.err());
  }

  @Test
  void top_whereNobodyWatches_showsOneSecond() throws Exception {
    var isWatched = new AtomicBoolean(true);
    try (RawClient client = open("counter")) {
      Thread caller =
          Thread.ofVirtual()
              .start(
                  () -> {
                    while (isWatched.get()) {
                      client.callI64("add", RawClient.i64(1));
                      client.sendCall("nothing", new byte[0]);
                      client.receive();
                      sleep(100);
                    }
                  });
      Ending top = TestConsole.run("top", address());
      assertEquals(ExitCode.OK, top.exitCode(), top.err());
      assertTrue(top.out().startsWith("Mooring " + address() + "  ready  up "), top.out());
      assertTrue(top.out().contains("\nsessions  1  1 connections "), top.out());
      assertTrue(top.out().contains("\nLOOP  BUSY "), top.out());
      assertTrue(
          top.out().lines().anyMatch(line -> line.matches("calls {5}[1-9][0-9.,]*/s .*")),
          top.out());
      assertTrue(top.out().contains("\nfunction not found "), top.out());
      top.out().lines().forEach(line -> assertTrue(line.length() <= 100, line));
      isWatched.set(false);
      caller.join();
    }
  }
}
