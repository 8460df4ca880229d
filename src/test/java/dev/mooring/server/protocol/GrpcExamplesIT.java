package dev.mooring.server.protocol;

import static dev.mooring.server.testing.Eventually.assertEventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.access.Tokens;
import dev.mooring.proto.ChildJvm;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Needed;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.Pki;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The examples of {@code client/grpc}, which know nothing of ours but the .proto files and tell all
 * the same; and a tool that doesn't even know those. What isn't installed is passed over, but not
 * in CI.
 */
@Timeout(120)
@Patient
final class GrpcExamplesIT {
  private static final Path EXAMPLES = Path.of("..", "client", "grpc").toAbsolutePath().normalize();
  private static final Path PROTO = Path.of("..", "proto").toAbsolutePath().normalize();
  private static final int LIMIT_SECONDS = 60;
  private static final String TOKEN = "a-token-that-only-tests-know";

  @TempDir Path folder = Path.of("");
  @TempDir Path modules = Path.of("");

  enum Language {
    JAVA,
    NODE,
    PYTHON
  }

  @BeforeEach
  void copyModules() throws IOException {
    for (String module : List.of("counter", "kv", "ticker", "echo")) {
      String file = module + ".wasm";
      Files.copy(Path.of("guests/c", file), modules.resolve(file));
    }
  }

  @ParameterizedTest
  @EnumSource
  void scenario_plainServer_isToldByEachExample(Language language) throws Exception {
    try (var server = MooringServer.start(plain())) {
      Ending ending = run(example(language), List.of(address(server)));
      assertEquals(scenario(), ending.out(), ending::err);
      assertEquals(0, ending.exitCode(), ending::err);
      assertEventually(() -> server.sessionCount() == 0, "no session is left");
    }
  }

  @ParameterizedTest
  @EnumSource
  void scenario_tlsServerWithTokens_isToldByEachExample(Language language) throws Exception {
    Path token = Files.writeString(folder.resolve("token"), TOKEN + "\n");
    try (var server = MooringServer.start(guarded())) {
      var words =
          List.of(address(server), "--ca", certificates(), "--token-file", token.toString());
      Ending ending = run(example(language), words);
      assertEquals(scenario(), ending.out(), ending::err);
      assertEquals(0, ending.exitCode(), ending::err);
      assertEventually(() -> server.sessionCount() == 0, "no session is left");
    }
  }

  @ParameterizedTest
  @EnumSource
  void open_withoutAToken_isToldAsUnauthenticated(Language language) throws Exception {
    try (var server = MooringServer.start(guarded())) {
      Ending ending = run(example(language), List.of(address(server), "--ca", certificates()));
      assertEquals(1, ending.exitCode(), ending::out);
      assertTrue(
          ending.err().contains("example: the session isn't opened: UNAUTHENTICATED: "),
          ending::err);
    }
  }

  /** Services, methods and messages are what reflection says. */
  @Test
  void tool_withoutAnyFile_findsTheServiceAndCallsIt() throws Exception {
    var buf = List.of(node("@bufbuild/buf/bin/buf"), "curl", "--protocol", "grpc");
    try (var server = MooringServer.start(plain())) {
      String url = "http://" + address(server);
      Ending methods = run(buf, List.of("--list-methods", url));
      assertTrue(
          methods.out().lines().toList().contains("mooring.v1.Mooring/Session"), methods::err);
      String session =
          """
          {"open": {"protocolVersion": 1, "module": "counter"}}
          {"call": {"id": 1, "name": "add", "arguments": [{"i64": 5}]}}
          """;
      Ending called = run(buf, List.of("--data", session, url + "/mooring.v1.Mooring/Session"));
      String answers = called.out().replaceAll("\\s", "");
      assertTrue(
          answers.contains("{\"result\":{\"id\":\"1\",\"values\":[{\"i64\":\"5\"}]}}"),
          called::err);
      assertTrue(answers.endsWith("{\"closed\":{\"reason\":\"CLIENT_CLOSED\"}}"), answers);
      assertEquals(0, called.exitCode(), called::err);
    }
  }

  private ServerConfig plain() {
    return ServerConfig.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), modules);
  }

  /** TLS, with a certificate of an authority of the test's own, and one tenant, by token. */
  private ServerConfig guarded() throws Exception {
    var pki = new Pki(folder);
    pki.issueServer("server");
    Path tokens = Files.writeString(folder.resolve("tokens"), Tokens.line("tester", TOKEN) + "\n");
    return plain().withTls(pki.certificate("server"), pki.key("server"), null).withTokens(tokens);
  }

  private String certificates() {
    return folder.resolve("ca.pem").toString();
  }

  private static String address(MooringServer server) {
    return "127.0.0.1:" + ((InetSocketAddress) server.address()).getPort();
  }

  private static String scenario() throws IOException {
    return Files.readAllLines(EXAMPLES.resolve("scenario.txt")).stream()
        .filter(line -> !line.startsWith("#"))
        .collect(Collectors.joining("\n", "", "\n"))
        .stripLeading();
  }

  /** The command of one. */
  private List<String> example(Language language) throws Exception {
    return switch (language) {
      case JAVA -> ChildJvm.command("-jar", EXAMPLES.resolve("java/target/example.jar").toString());
      case NODE -> {
        node("@grpc/grpc-js/package.json");
        yield List.of("node", EXAMPLES.resolve("node/example.mjs").toString());
      }
      case PYTHON -> {
        String python = python();
        generate(python);
        yield List.of(python, EXAMPLES.resolve("python/example.py").toString());
      }
    };
  }

  /** A file of a library that Node's example has. */
  private static String node(String file) {
    Path found = EXAMPLES.resolve("node/node_modules").resolve(file);
    return Files.exists(found)
        ? found.toString()
        : without("there are no libraries; npm ci --prefix client/grpc/node gets them");
  }

  /** The first that knows gRPC: there may be others, which have libraries of their own. */
  private String python() throws Exception {
    for (Path python : Needed.programs("python3").toList()) {
      if (run(List.of(python.toString()), List.of("-c", "import grpc, grpc_tools")).exitCode()
          == 0) {
        return python.toString();
      }
    }
    return without(
        "no python3 on the PATH has gRPC; Debian's is in python3-grpcio and python3-grpc-tools");
  }

  /** As README says. */
  private void generate(String python) throws Exception {
    Path generated = Files.createDirectories(generated());
    var words =
        List.of(
            "-m",
            "grpc_tools.protoc",
            "-I" + PROTO,
            "-I" + PROTO.resolve("grpc"),
            "--python_out=" + generated,
            "--grpc_python_out=" + generated,
            "mooring/v1/mooring.proto",
            "mooring/v1/service.proto",
            "health/v1/health.proto");
    Ending ending = run(List.of(python), words);
    assertEquals(0, ending.exitCode(), ending::err);
  }

  private Path generated() {
    return folder.resolve("generated");
  }

  private static String without(String missing) {
    throw Needed.missing("an example of gRPC hasn't run: " + missing, "");
  }

  /** What a program left behind. */
  private record Ending(int exitCode, String out, String err) {}

  private Ending run(List<String> program, List<String> words) throws Exception {
    var command = new ArrayList<>(program);
    command.addAll(words);
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    var builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("PYTHONPATH", generated().toString());
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), command + " didn't end");
    } finally {
      process.destroyForcibly();
    }
    return new Ending(process.exitValue(), Files.readString(out), Files.readString(err));
  }
}
