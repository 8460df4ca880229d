package dev.mooring.server.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.access.Tokens;
import dev.mooring.client.Wire;
import dev.mooring.conformance.Check;
import dev.mooring.conformance.Conformance;
import dev.mooring.conformance.Target;
import dev.mooring.conformance.Verdict;
import dev.mooring.conformance.Verdict.Outcome;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.BreakingProxy;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.Pki;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The conformance runner: our server passes, and so it does behind a proxy that changes nothing;
 * behind one that breaks it, the check of the rule that is broken fails.
 */
@Patient
final class ConformanceIT {
  /** Long enough for a loaded machine, and how long a check waits for what was taken away. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final List<String> UNSEEN = List.of("U1", "U2", "U3", "U4", "U5");

  /** O13: a server without tokens asks nobody who comes. */
  private static final List<String> UNASKED = List.of("O13", "U1", "U2", "U3", "U4", "U5");

  /** What is about lengths in front of messages. */
  private static final List<String> WHOLE = List.of("F1", "F3", "F4", "F5", "F7", "F8");

  @TempDir static Path modules = Path.of("");
  private static MooringServer server;

  @BeforeAll
  static void start() throws IOException {
    Files.copy(Path.of("guests/c/conformance.wasm"), modules.resolve("conformance.wasm"));
    var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server = MooringServer.start(ServerConfig.of(anyPort, modules));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static InetSocketAddress address() {
    return (InetSocketAddress) server.address();
  }

  @Test
  void everyCheck_ourServer_passes() {
    assertPasses(Target.of("127.0.0.1", address().getPort()), UNASKED);
  }

  /** There a message comes whole, or not at all. */
  @Test
  void everyCheck_byOtherWires_passes() {
    Target target = Target.of("127.0.0.1", address().getPort());
    assertPasses(target.withWire(Wire.WEBSOCKET), with(WHOLE, UNASKED));
    assertPasses(target.withWire(Wire.GRPC), with(WHOLE, UNASKED));
  }

  private static List<String> with(List<String> first, List<String> second) {
    return Stream.of(first, second).flatMap(List::stream).toList();
  }

  @Test
  void everyCheck_ourServerWithTlsAndTokens_passes(@TempDir Path files) throws Exception {
    var pki = new Pki(files);
    pki.issueServer("server");
    Path tokens =
        Files.writeString(files.resolve("tokens"), Tokens.line("tester", "s3cret-of-tests") + "\n");
    var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    var config =
        ServerConfig.of(anyPort, modules)
            .withTls(pki.certificate("server"), pki.key("server"), null)
            .withTokens(tokens);
    try (var secure = MooringServer.start(config)) {
      Target target =
          Target.of("127.0.0.1", ((InetSocketAddress) secure.address()).getPort())
              .withToken("s3cret-of-tests")
              .withTls(pki.context(null), "localhost");
      assertPasses(target, UNSEEN);
      assertPasses(target.withWire(Wire.WEBSOCKET), with(WHOLE, UNSEEN));
      assertPasses(target.withWire(Wire.GRPC), with(WHOLE, UNSEEN));
    }
  }

  @Test
  void everyCheck_proxyThatChangesNothing_passes() {
    try (var proxy = new BreakingProxy(address(), () -> new BreakingProxy.Fault() {})) {
      assertPasses(Target.of("127.0.0.1", proxy.port()), UNASKED);
    }
  }

  private static void assertPasses(Target target, List<String> expectedToSkip) {
    var skipped = new ArrayList<String>();
    var failed = new ArrayList<String>();
    for (Check check : Conformance.checks()) {
      Verdict verdict = Conformance.run(check, target);
      switch (verdict.outcome()) {
        case PASSED -> {}
        case SKIPPED -> skipped.add(check.id());
        case FAILED -> failed.add(check + ": " + verdict.detail());
      }
    }
    assertEquals("", String.join("\n", failed));
    assertEquals(expectedToSkip, skipped);
  }

  @ParameterizedTest
  @MethodSource("faults")
  void checkOfTheRule_brokenServer_fails(ServerFault fault) {
    try (var proxy = new BreakingProxy(address(), fault.maker())) {
      var target = Target.of("127.0.0.1", proxy.port()).withPatience(PATIENCE);
      Verdict verdict = Conformance.run(check(fault.rule()), target);
      System.out.println(fault + ": " + verdict.detail());
      assertEquals(Outcome.FAILED, verdict.outcome(), fault.name());
    }
  }

  static List<ServerFault> faults() {
    return ServerFault.all();
  }

  @Test
  void faults_areOfManyRules() {
    var rules = ServerFault.all().stream().map(ServerFault::rule).collect(Collectors.toSet());
    assertTrue(rules.size() >= 20, rules.toString());
  }

  private static Check check(String id) {
    return Conformance.checks().stream()
        .filter(check -> check.id().equals(id))
        .findFirst()
        .orElseThrow();
  }
}
