package dev.mooring.cli;

import static dev.mooring.server.testing.Eventually.assertEventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.mooring.admin.AdminConfig;
import dev.mooring.cli.TestConsole.Ending;
import dev.mooring.cli.terminal.Console;
import dev.mooring.proto.ChildJvm;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Export;
import dev.mooring.proto.v1.Keep;
import dev.mooring.proto.v1.Opened;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.proto.v1.Value;
import dev.mooring.proto.v1.ValueType;
import dev.mooring.server.ConfigFile;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.RawClient;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Calls that trap on a real server make capsules, which replay to the same trap elsewhere. */
@Timeout(180)
@Patient
final class CapsulesIT {
  private static final Path LAUNCHER =
      Path.of(System.getProperty("mooring.distribution", "target/mooring"))
          .toAbsolutePath()
          .resolve("bin/mooring");

  private static final String CLIENTS_TOKEN = "a-clients-token-0123456789abcdef";
  private static final int PATIENCE_SECONDS = 60;

  @TempDir Path files = Path.of("");
  private MooringServer server;
  private int expected;

  @BeforeEach
  void start() throws Exception {
    Path modules = Guests.in(Files.createDirectory(files.resolve("modules")));
    Files.writeString(
        modules.resolve("looks.js"),
        """
        let times = 0;
        export function look() {
          times++;
          const seen = [];
          for (let i = 0; i < 10; i++) seen.push(Date.now(), Math.random());
          throw new Error(times + ": " + seen.join(" "));
        }
        """);
    Files.writeString(files.resolve("tokens"), "carla = " + CLIENTS_TOKEN + "\n");
    serve("every = 1\nfiles = 1000", 200);
  }

  private void serve(String capsules, int callMillis) throws Exception {
    Path file =
        Files.writeString(
            files.resolve("mooring.toml"),
            """
            [capsules]
            folder = "capsules"
            %s
            [module]
            initialize_ms = 200
            [session]
            call_timeout_ms = %d
            [modules.traps]
            call_timeout_ms = 5000
            max_call_timeout_ms = 5000
            """
                .formatted(capsules, callMillis));
    var any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server =
        MooringServer.start(
            ConfigFile.read(file, Map.of(), ServerConfig.of(any, files.resolve("modules")))
                .withTokens(files.resolve("tokens"))
                .withAdmin(AdminConfig.DEFAULTS.withListen(any)));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private List<Path> capsules() {
    try (var all = Files.list(files.resolve("capsules"))) {
      return all.filter(file -> file.toString().endsWith(".capsule")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Value zero(ValueType type) {
    return switch (type) {
      case I64 -> Value.newBuilder().setI64(0).build();
      case F32 -> Value.newBuilder().setF32(0).build();
      case F64 -> Value.newBuilder().setF64(0).build();
      default -> Value.newBuilder().setI32(0).build();
    };
  }

  /** Calls each function of a module once; adds how those ended that failed. */
  private void callAll(String module, Map<String, Error> failures) throws InterruptedException {
    try (var client = new RawClient(server.address())) {
      client.send(open(module, false));
      ServerMessage answer = client.receive();
      if (answer.getMessageCase() != ServerMessage.MessageCase.OPENED) {
        return;
      }
      for (Export export : answer.getOpened().getExportsList()) {
        Error error =
            call(
                client,
                export.getName(),
                export.getParametersList().stream().map(CapsulesIT::zero).toList());
        if (error == null) {
          continue;
        }
        boolean isTrap =
            error.getCode() == ErrorCode.GUEST_TRAP
                || error.getCode() == ErrorCode.DEADLINE_EXCEEDED;
        if (isTrap) {
          expected++;
          failures.put(module + "." + export.getName(), error);
          assertEventually(
              () -> capsules().size() == expected, module + "." + export.getName() + " is written");
        }
      }
    }
  }

  private static ClientMessage open(String module, boolean isKept) {
    var message = RawClient.openMessage(module, Map.of("x", "value")).toBuilder();
    message.getOpenBuilder().setAuthToken(CLIENTS_TOKEN);
    if (isKept) {
      message.getOpenBuilder().setKeep(Keep.newBuilder().setTtlMs(60_000));
    }
    return message.build();
  }

  /** Null if it didn't fail. */
  private static @Nullable Error call(RawClient client, String function, List<Value> arguments) {
    client.sendCall(
        function,
        "\"some input\"".getBytes(StandardCharsets.UTF_8),
        arguments.toArray(new Value[0]));
    while (true) {
      ServerMessage answer = client.receive();
      switch (answer.getMessageCase()) {
        case ERROR -> {
          return answer.getError();
        }
        case RESULT -> {
          return null;
        }
        default -> {} // An event.
      }
    }
  }

  private static List<String> names(Path folder, String... prefixes) throws IOException {
    try (var all = Files.list(folder)) {
      return all.map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".wasm"))
          .map(name -> name.replace(".wasm", ""))
          .filter(name -> List.of(prefixes).stream().anyMatch(name::startsWith))
          .sorted()
          .toList();
    }
  }

  /** Issue 17, Shows 5. */
  @Test
  void traps_ofEveryHostileModule_replayToTheSame() throws Exception {
    var failures = new TreeMap<String, Error>();
    for (String module :
        names(files.resolve("modules"), "hostile_", "traps", "spin_", "greedy", "wasi_raw")) {
      callAll(module, failures);
    }
    List<Path> all = capsules();
    assertEquals(failures.size(), all.size());
    assertTrue(all.size() > 60, () -> all.size() + " traps");
    var words = new ArrayList<>(List.of("replay", "--json"));
    all.forEach(file -> words.add(file.toString()));
    Ending ending = TestConsole.run(words.toArray(new String[0]));
    List<Map<String, Object>> said = objects(ending.out());
    assertEquals(
        List.of(), said.stream().filter(one -> !Boolean.TRUE.equals(one.get("same"))).toList());
    assertEquals(all.size(), said.size());
    assertEquals(0, ending.exitCode(), ending.err());
    said.forEach(
        one -> {
          String trap = one.get("module") + "." + one.get("function");
          Error error = Objects.requireNonNull(failures.get(trap), trap);
          assertEquals(
              error.getCode() == ErrorCode.DEADLINE_EXCEEDED ? null : error.getTrap().name(),
              one.get("replayed_trap"),
              trap);
          assertFalse(((List<?>) Objects.requireNonNull(one.get("backtrace"))).isEmpty(), trap);
        });
    checkFiles(all);
    replayElsewhere(said);
    System.out.println(all.size() + " capsules");
  }

  private static List<Map<String, Object>> objects(String text) throws IOException {
    var objects = new ArrayList<Map<String, Object>>();
    for (String one : text.split("(?m)(?<=^\\})\\n", -1)) {
      if (!one.isBlank()) {
        objects.add(JSON.std.mapFrom(one));
      }
    }
    return objects;
  }

  private static void checkFiles(List<Path> all) throws IOException {
    for (Path file : all) {
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
      String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
      assertFalse(bytes.contains(CLIENTS_TOKEN), "it has the client's token in it");
    }
  }

  /** One of each kind, in a process that is as an operator's. */
  private static void replayElsewhere(List<Map<String, Object>> said) throws Exception {
    var kinds = new HashMap<String, String>();
    said.forEach(one -> kinds.put(String.valueOf(one.get("outcome")), (String) one.get("file")));
    assertTrue(kinds.size() >= 9, kinds::toString);
    var words = new ArrayList<>(List.of("replay"));
    words.addAll(kinds.values());
    String out = elsewhere(words);
    assertEquals(kinds.size(), out.split(", as it did\n", -1).length - 1, out);
    assertTrue(out.contains("wasm backtrace, innermost function first:\n  func "), out);
  }

  private static String elsewhere(List<String> words) throws Exception {
    var command = new ArrayList<>(List.of(LAUNCHER.toString()));
    command.addAll(words);
    Process process = ChildJvm.ofLauncher(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), out);
    assertEquals(0, process.exitValue(), out);
    return out;
  }

  /** What a script throws says what it saw of clocks and random numbers. */
  @Test
  void failure_thatAnOperatorAskedFor_replaysWithTheSameTimeAndRandomNumbers() throws Exception {
    server.close();
    serve("every = 0", 1_000);
    try (var client = new RawClient(server.address())) {
      client.send(open("looks", true));
      Opened opened = client.receive().getOpened();
      assertEquals(ErrorCode.GUEST_FAILED, error(call(client, "look", List.of())).getCode());
      assertEquals(List.of(), capsules(), "nobody has asked for it");
      int admin = Objects.requireNonNull(server.adminAddress()).getPort();
      Ending asked =
          TestConsole.run("admin", "127.0.0.1:" + admin, "capsule", opened.getSessionId());
      assertEquals(0, asked.exitCode(), asked.err());
      String message = error(call(client, "look", List.of())).getMessage();
      error(call(client, "look", List.of()));
      assertEventually(() -> capsules().size() == 1, "it is written");
      String out = elsewhere(List.of("replay", capsules().getFirst().toString()));
      String[] seen = message.split(" ", -1);
      assertTrue(seen.length >= 20, message);
      assertTrue(out.contains("\nended     the guest failed it: " + message + "\n"), out);
      assertTrue(out.contains("\nreplayed  the guest failed it: " + message + ", as it did"), out);
      assertTrue(out.contains("looks, sha256:"), out);
      byte[] token = opened.getKept().getToken().toByteArray();
      assertTrue(token.length > 8);
      assertFalse(
          Files.readString(capsules().getFirst(), StandardCharsets.ISO_8859_1)
              .contains(new String(token, StandardCharsets.ISO_8859_1)),
          "it has the session's token in it");
    }
    assertEquals(1, capsules().size());
  }

  private static Error error(@Nullable Error error) {
    return Objects.requireNonNull(error, "it didn't fail");
  }

  @Test
  void capsule_thatNobodyCanMake_isRefused() throws Exception {
    server.close();
    var any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server =
        MooringServer.start(
            ServerConfig.of(any, files.resolve("modules"))
                .withAdmin(AdminConfig.DEFAULTS.withListen(any)));
    try (var client = new RawClient(server.address())) {
      String id = client.open("counter").getSessionId();
      int admin = Objects.requireNonNull(server.adminAddress()).getPort();
      Ending asked = TestConsole.run("admin", "127.0.0.1:" + admin, "capsule", id);
      assertEquals(1, asked.exitCode());
      assertTrue(asked.err().contains("no folder is configured"), asked.err());
    }
  }

  @Test
  void replay_step_showsEachFunction() throws Exception {
    callAll("traps", new TreeMap<>());
    Path file =
        capsules().stream()
            .filter(each -> each.toString().contains("-traps-"))
            .findFirst()
            .orElseThrow();
    Ending ending = TestConsole.run("replay", "--step", file.toString());
    assertEquals(0, ending.exitCode(), ending.err());
    assertTrue(ending.out().contains("\n> "), ending.out());
    assertTrue(ending.out().contains("\n  > "), ending.out());
    assertTrue(ending.out().contains("\n    < "), ending.out());
    String typed = stepped(file, "\n\n\nenough\n");
    assertEquals(4, typed.lines().filter(line -> line.matches(" *[<>] .*")).count(), typed);
    assertTrue(typed.contains(", as it did\n"), typed);
    Ending cut = TestConsole.run("replay", truncated(file).toString());
    assertEquals(2, cut.exitCode());
    assertTrue(cut.err().contains("it is cut off: it has "), cut.err());
  }

  /** What a person sees at a terminal who types this. */
  private static String stepped(Path file, String typed) {
    var out = new ByteArrayOutputStream();
    var printer = new PrintStream(out, true, StandardCharsets.UTF_8);
    var in = new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8));
    var console = new Console(in, printer, printer, true, true, true, false);
    Mooring.commandLine(console).execute("replay", "--step", file.toString());
    return out.toString(StandardCharsets.UTF_8);
  }

  private Path truncated(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    return Files.write(files.resolve("cut.capsule"), Arrays.copyOf(bytes, bytes.length - 1));
  }
}
