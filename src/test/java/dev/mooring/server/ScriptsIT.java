package dev.mooring.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Durability;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Keep;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Resume;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.RawClient;
import dev.mooring.session.SessionLimits;
import dev.mooring.store.StoreConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scripts on a server: found, replaced, refused, stopped, stored. */
@Timeout(120)
@Patient
final class ScriptsIT {
  private static final String COUNTER =
      """
      let n = 0;
      export function add(x) { n += x; emit({ n }); return n; }
      export function spin() { n = 99; for (;;); }
      export function open() { if (config.ms) setInterval(() => emit("tick " + ++n), config.ms); }
      """;

  /** On a busy machine an engine that has just been compiled takes long to open. */
  private static final int CALL_MILLIS = 500;

  @TempDir Path folder = Path.of("");
  private @Nullable MooringServer server;

  @BeforeEach
  void start() throws IOException {
    Files.createDirectories(folder.resolve("modules"));
    var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server =
        MooringServer.start(
            ServerConfig.of(anyPort, folder.resolve("modules"))
                .withStore(StoreConfig.in(folder.resolve("store"), 1L << 30))
                .withSession(SessionLimits.DEFAULTS.withCallTimeouts(CALL_MILLIS, CALL_MILLIS)));
  }

  @AfterEach
  void stop() {
    requireNonNull(server).close();
  }

  private void write(String file, String text) throws IOException {
    Path target = folder.resolve("modules").resolve(file);
    Files.createDirectories(target.getParent());
    Files.writeString(target, text);
  }

  private RawClient connect() {
    return new RawClient(requireNonNull(server).address());
  }

  private RawClient open(String module) {
    var client = connect();
    client.open(module);
    return client;
  }

  /** What a call gives, after so many events. */
  private static String call(RawClient client, String function, String input, int events) {
    client.sendCall(function, input.getBytes(UTF_8));
    for (int i = 0; i < events; i++) {
      ServerMessage event = client.receive();
      assertTrue(event.hasEvent(), event::toString);
    }
    ServerMessage answer = client.receive();
    return answer.hasResult()
        ? answer.getResult().getOutput().toStringUtf8()
        : answer.getError().getCode() + " " + answer.getError().getMessage();
  }

  private String opening(String module) {
    try (var client = connect()) {
      client.send(RawClient.openMessage(module, Map.of()));
      ServerMessage answer = client.receive();
      return answer.hasOpened()
          ? "opened"
          : answer.getError().getCode() + " " + answer.getError().getMessage();
    }
  }

  private void awaitOpening(String module, String expected) throws InterruptedException {
    for (String is = opening(module); !is.contains(expected); is = opening(module)) {
      Thread.sleep(50);
    }
  }

  @Test
  void script_isServed_replaced_andServedOnIfTheNextIsBroken() throws Exception {
    write("s.js", COUNTER);
    try (var first = open("s")) {
      assertEquals("5", call(first, "add", "5", 1));
      write("s.js", "export function add(x) { return -x; }");
      String now = "5";
      while (now.equals("5")) { // Sessions that are opened from then on get it.
        Thread.sleep(50);
        try (var client = open("s")) {
          client.sendCall("add", "5".getBytes(UTF_8));
          ServerMessage answer = client.receive();
          now = answer.hasEvent() ? "5" : answer.getResult().getOutput().toStringUtf8();
        }
      }
      assertEquals("-5", now);
      assertEquals("6", call(first, "add", "1", 1));
    }
    write("s.js", "export function add(x) { return -; }");
    write("broken.js", "export function add(x) { return -; }");
    awaitOpening("broken", "broken.js:1:");
    assertEquals("opened", opening("s"));
  }

  @Test
  void names_ofTwoKinds_areRefused() throws Exception {
    write("two.js", COUNTER);
    write("two/index.js", COUNTER);
    awaitOpening("two", "is there more than once: two and two.js; expected one of them");
    Files.delete(folder.resolve("modules/two.js"));
    awaitOpening("two", "opened");
  }

  @Test
  void endlessScript_isStopped_andUndone_andNeighboursGoOn() throws Exception {
    write("s.js", COUNTER);
    try (var spinning = open("s");
        var other = open("s")) {
      assertEquals("1", call(spinning, "add", "1", 1));
      String stopped = call(spinning, "spin", "", 0);
      assertTrue(stopped.startsWith(ErrorCode.DEADLINE_EXCEEDED.name()), stopped);
      assertEquals("2", call(spinning, "add", "1", 1));
      assertEquals("7", call(other, "add", "7", 1));
    }
  }

  /** In a timer, in a job, in a regular expression, and in what catches everything. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "for (;;);",
        "(async () => { for (;;) await null; })();",
        "/^(a+)+$/.test('a'.repeat(40) + 'b');",
        "for (;;) try { for (;;) throw 1; } catch {}"
      })
  void endlessTimer_isStopped_andUndone_andNeighboursGoOn(String body) throws Exception {
    write(
        "t.js",
        "let n = 0; export const get = () => n;"
            + " export function arm() { setTimeout(() => { n = 99; emit('lost'); "
            + body
            + " }, 1); setTimeout(() => emit('behind'), 2); }");
    write("s.js", COUNTER);
    try (var armed = open("t");
        var other = open("s")) {
      assertEquals("", call(armed, "arm", "", 0));
      for (int i = 1; i <= 20; i++) {
        assertEquals(Integer.toString(i), call(other, "add", "1", 1));
      }
      assertEquals("behind", armed.receive().getEvent().getPayload().toStringUtf8());
      assertEquals("0", call(armed, "get", "", 0));
    }
  }

  @Test
  void interval_sendsEvents() throws Exception {
    write("s.js", COUNTER);
    try (var client = connect()) {
      client.open("s", Map.of("ms", "10"));
      for (int i = 1; i <= 3; i++) {
        assertEquals("tick " + i, client.receive().getEvent().getPayload().toStringUtf8());
      }
    }
  }

  @Test
  void session_onDisk_outlivesTheServer_andItsFile() throws Exception {
    write("app/index.js", "export { add } from './add.js';");
    write("app/add.js", "let n = 0; export function add(x) { n += x; return n; }");
    ByteString token;
    try (var client = connect()) {
      client.send(
          ClientMessage.newBuilder()
              .setOpen(
                  Open.newBuilder()
                      .setProtocolVersion(1)
                      .setModule("app")
                      .setKeep(Keep.newBuilder().setDurability(Durability.DISK).setTtlMs(60_000)))
              .build());
      token = client.receive().getOpened().getKept().getToken();
      assertEquals("41", call(client, "add", "41", 0));
    }
    stop();
    Files.delete(folder.resolve("modules/app/index.js")); // The store has what it needs.
    start();
    try (var client = connect()) {
      client.send(
          ClientMessage.newBuilder()
              .setOpen(
                  Open.newBuilder()
                      .setProtocolVersion(1)
                      .setResume(Resume.newBuilder().setToken(token).setReceived(1)))
              .build());
      ServerMessage opened = client.receive();
      assertTrue(opened.hasOpened(), opened::toString);
      client.send(
          ClientMessage.newBuilder()
              .setCall(
                  Call.newBuilder().setId(2).setName("add").setInput(ByteString.copyFromUtf8("1")))
              .build());
      assertEquals("42", client.receive().getResult().getOutput().toStringUtf8());
    }
  }
}
