package dev.mooring.server.listen;

import static dev.mooring.server.testing.RawClient.i32;
import static dev.mooring.server.testing.RawClient.i64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.access.AccessConfig;
import dev.mooring.access.TenantLimits;
import dev.mooring.access.TenantUse;
import dev.mooring.guest.GuestModule;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.proto.v1.TrapKind;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.Pki;
import dev.mooring.server.testing.RawClient;
import dev.mooring.transport.config.ClientCertificates;
import dev.mooring.transport.config.TlsConfig;
import dev.mooring.transport.config.TransportConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tokens, tenants and what they may use. */
@Patient
@Timeout(120)
final class AccessIT {
  private static final String ALICES = "alices-token-0123456789";
  private static final String BOBS = "bobs-token-01234567890";

  @TempDir Path modules;
  @TempDir Path files;

  @BeforeEach
  void fill() throws IOException {
    Guests.in(modules);
    Files.writeString(tokens(), "alice = " + ALICES + "\nbob = " + BOBS + "\n");
  }

  private Path tokens() {
    return files.resolve("tokens");
  }

  private ServerConfig config(TenantLimits alice) {
    return ServerConfig.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), modules)
        .withTransport(TransportConfig.DEFAULTS.withEventLoops(2))
        .withAccess(
            AccessConfig.DEFAULTS
                .withTokens(tokens())
                .withTenants(TenantLimits.DEFAULTS, Map.of("alice", alice)));
  }

  private static ServerMessage open(RawClient client, String module, String token) {
    client.send(
        ClientMessage.newBuilder()
            .setOpen(Open.newBuilder().setProtocolVersion(1).setModule(module).setAuthToken(token))
            .build());
    return client.receive();
  }

  private static RawClient opened(MooringServer server, String module, String token) {
    var client = new RawClient(server.address());
    ServerMessage answer = open(client, module, token);
    assertTrue(answer.hasOpened(), answer::toString);
    return client;
  }

  private static void assertRefused(
      MooringServer server, String module, String token, ErrorCode code) {
    try (var client = new RawClient(server.address())) {
      ServerMessage answer = open(client, module, token);
      assertEquals(code, answer.getError().getCode(), answer::toString);
      assertEquals(code == ErrorCode.SERVER_OVERLOADED, answer.getError().getRetryable());
      client.assertEnded();
    }
  }

  private static TenantUse use(MooringServer server, String tenant) {
    return server.tenants().stream()
        .filter(each -> each.name().equals(tenant))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void token_rightOrNot_opensOrIsRefusedAndCounted() throws Exception {
    try (var server = MooringServer.start(config(TenantLimits.DEFAULTS))) {
      try (var client = opened(server, "counter", ALICES)) {
        assertEquals(3, client.callI64("add", i64(3)));
      }
      assertRefused(server, "counter", "", ErrorCode.UNAUTHENTICATED);
      assertRefused(server, "counter", ALICES + "x", ErrorCode.UNAUTHENTICATED);
      assertRefused(server, "nosuch", "", ErrorCode.UNAUTHENTICATED);
      assertEquals(3, server.rejectCounts().of("UNAUTHENTICATED"));
      Eventually.assertEventually(() -> use(server, "alice").sessions() == 0, "she left");
      assertEquals(1, use(server, "alice").opened());
    }
  }

  @Test
  void tokens_replaced_areReadAndOpenSessionsStay() throws Exception {
    try (var server = MooringServer.start(config(TenantLimits.DEFAULTS));
        var before = opened(server, "counter", ALICES)) {
      Pki.replace(tokens(), "alice = another-token-of-alices\n");
      Eventually.assertEventually(
          () -> {
            try (var client = new RawClient(server.address())) {
              return open(client, "counter", "another-token-of-alices").hasOpened();
            }
          },
          "the new token is good");
      assertRefused(server, "counter", ALICES, ErrorCode.UNAUTHENTICATED);
      assertEquals(1, before.callI64("add", i64(1)));
    }
  }

  @Test
  void modules_ofATenant_areItsOnly() throws Exception {
    var limits = new TenantLimits(0, 0, 0, List.of("count*"));
    try (var server = MooringServer.start(config(limits))) {
      String digest;
      try (var client = new RawClient(server.address())) {
        digest = open(client, "counter", ALICES).getOpened().getModuleDigest();
      }
      opened(server, "counter@" + digest, ALICES).close();
      assertRefused(server, "echo", ALICES, ErrorCode.PERMISSION_DENIED);
      assertRefused(server, digest, ALICES, ErrorCode.PERMISSION_DENIED);
      assertRefused(server, "nosuch", ALICES, ErrorCode.PERMISSION_DENIED);
      opened(server, "echo", BOBS).close();
      assertEquals(3, use(server, "alice").refused());
    }
  }

  private static String refusal(MooringServer server, String module, String token) {
    try (var client = new RawClient(server.address())) {
      ServerMessage answer = open(client, module, token);
      assertEquals(ErrorCode.MODULE_NOT_FOUND, answer.getError().getCode(), answer::toString);
      return answer.getError().getMessage();
    }
  }

  @Test
  void moduleThatIsNotThere_ofATenant_isAnsweredWithItsOwnNamesOnly() throws Exception {
    for (int i = 0; i < 30; i++) {
      Files.copy(modules.resolve("counter.wasm"), modules.resolve("a-many-" + i + ".wasm"));
    }
    var limits = new TenantLimits(0, 0, 0, List.of("count*", "game-*"));
    try (var server = MooringServer.start(config(limits))) {
      assertEquals(
          "there is no module 'game-7'; you may open counter", refusal(server, "game-7", ALICES));
      String bobs = refusal(server, "game-7", BOBS);
      assertTrue(bobs.startsWith("there is no module 'game-7'; you may open a-many-0, "), bobs);
      assertTrue(bobs.endsWith(", …"), bobs);
      assertEquals(20, bobs.split(", ", -1).length - 1, bobs);
    }
  }

  @Test
  void moduleThatIsNotThere_ofATenantWithNone_isAnsweredWithNoName() throws Exception {
    var limits = new TenantLimits(0, 0, 0, List.of("game-*"));
    try (var server = MooringServer.start(config(limits))) {
      assertEquals(
          "there is no module 'game-7', nor any other that you may open",
          refusal(server, "game-7", ALICES));
    }
  }

  /** Whoever may open bytes only is told nothing of the names that these, or others, have. */
  @Test
  void names_toATenantThatMayOpenADigest_tellNothing() throws Exception {
    String counter = GuestModule.digest(Files.readAllBytes(modules.resolve("counter.wasm")));
    Path secret = Files.writeString(modules.resolve("secret.wasm"), "no module");
    String broken = GuestModule.digest(Files.readAllBytes(secret));
    var limits = new TenantLimits(0, 0, 0, List.of(counter, broken));
    try (var server = MooringServer.start(config(limits))) {
      opened(server, "echo", BOBS).close();
      opened(server, "counter", BOBS).close();
      String nowhere = refusal(server, "nosuch@" + counter, ALICES);
      assertEquals(nowhere.replace("nosuch", "echo"), refusal(server, "echo@" + counter, ALICES));
      assertEquals(
          nowhere.replace("nosuch", "greedy"), refusal(server, "greedy@" + counter, ALICES));
      opened(server, "counter@" + counter, ALICES).close();
      opened(server, counter, ALICES).close();
      try (var client = new RawClient(server.address())) {
        var error = open(client, broken, ALICES).getError();
        assertEquals(ErrorCode.MODULE_REFUSED, error.getCode());
        assertTrue(error.getMessage().startsWith("module " + broken + " "), error::toString);
        assertFalse(error.getMessage().contains("secret"), error::toString);
      }
      try (var client = new RawClient(server.address())) {
        var error = open(client, "secret", BOBS).getError();
        assertTrue(error.getMessage().startsWith("module secret "), error::toString);
      }
    }
  }

  @Test
  void sessions_asManyAsATenantMayHave_refuseTheNext() throws Exception {
    var limits = new TenantLimits(2, 0, 0, List.of("*"));
    try (var server = MooringServer.start(config(limits));
        var one = opened(server, "counter", ALICES);
        var bobs = opened(server, "counter", BOBS)) {
      try (var two = opened(server, "counter", ALICES)) {
        assertRefused(server, "counter", ALICES, ErrorCode.SERVER_OVERLOADED);
        assertEquals(1, one.callI64("add", i64(1)));
        assertEquals(1, bobs.callI64("add", i64(1)));
        assertEquals(1, two.callI64("add", i64(1)));
      }
      Eventually.assertEventually(() -> use(server, "alice").sessions() == 1, "one has gone");
      opened(server, "counter", ALICES).close();
    }
  }

  @Test
  void guestMemory_usedUpByATenant_failsItsCallsAndNobodyElses() throws Exception {
    var limits = new TenantLimits(0, 96 << 10, 0, List.of("*"));
    try (var server = MooringServer.start(config(limits))) {
      try (var alices = opened(server, "greedy", ALICES);
          var more = opened(server, "greedy", ALICES);
          var bobs = opened(server, "greedy", BOBS)) {
        alices.call("grow", i32(100));
        alices.sendCall("touch", new byte[0], i32(100));
        var error = alices.receiveError(ErrorCode.GUEST_TRAP);
        assertEquals(TrapKind.OUT_OF_MEMORY, error.getTrap());
        assertTrue(error.getRetryable());
        bobs.call("grow", i32(100));
        bobs.call("touch", i32(100));
        Eventually.assertEventually(
            () -> use(server, "bob").guestMemoryBytes() > 100 << 10, "bob holds much");
        TenantUse alicesUse = use(server, "alice");
        assertTrue(alicesUse.guestMemoryBytes() <= 96 << 10, alicesUse::toString);
        more.call("grow", i32(1));
        more.call("touch", i32(1));
      }
      Eventually.assertEventually(
          () ->
              use(server, "bob").guestMemoryBytes() == 0
                  && use(server, "alice").guestMemoryBytes() == 0,
          "all is given back");
    }
  }

  @Test
  void guestTime_usedUpByATenant_delaysItsCallsAndNobodyElses() throws Exception {
    var limits = new TenantLimits(0, 0, 20, List.of("*"));
    try (var server = MooringServer.start(config(limits));
        var alices = opened(server, "spin_loop", ALICES);
        var bobs = opened(server, "counter", BOBS)) {
      long start = System.nanoTime();
      for (int i = 0; i < 3; i++) {
        alices.sendCall("spin", new byte[0]);
      }
      for (int i = 0; i < 3; i++) {
        alices.receiveError(ErrorCode.DEADLINE_EXCEEDED);
      }
      // 100 ms of two calls less 20 ms that were saved up, at 20 ms a second.
      long waited = System.nanoTime() - start;
      assertTrue(waited > 3_000_000_000L, waited + " ns");
      assertEquals(1, bobs.callI64("add", i64(1)));
      Eventually.assertEventually(
          () -> use(server, "alice").guestNanos() >= 150_000_000L, "her time is counted");
    }
  }

  @Test
  void certificate_itsSubjectIsTheTenant() throws Exception {
    var pki = new Pki(files);
    pki.issueServer("server");
    var tls =
        TlsConfig.of(pki.certificate("server"), pki.key("server"))
            .withClientCa(pki.ca(), ClientCertificates.OPTIONAL);
    var limits = new TenantLimits(0, 0, 0, List.of("counter"));
    ServerConfig config = config(limits);
    var transport = config.transport();
    try (var server =
        MooringServer.start(
            config.withTransport(transport.withListener(transport.listener().withTls(tls))))) {
      int port = ((InetSocketAddress) server.address()).getPort();
      var alice = pki.issueClient("alice", "O=Acme, CN=alice");
      try (var client =
          new RawClient(pki.context(alice).getSocketFactory().createSocket("localhost", port))) {
        assertTrue(open(client, "counter", "").hasOpened());
      }
      try (var client =
          new RawClient(pki.context(alice).getSocketFactory().createSocket("localhost", port))) {
        assertEquals(ErrorCode.PERMISSION_DENIED, open(client, "echo", "").getError().getCode());
      }
      try (var client =
          new RawClient(pki.context(alice).getSocketFactory().createSocket("localhost", port))) {
        assertTrue(open(client, "echo", BOBS).hasOpened());
      }
      try (var client =
          new RawClient(pki.context(null).getSocketFactory().createSocket("localhost", port))) {
        assertEquals(ErrorCode.UNAUTHENTICATED, open(client, "counter", "").getError().getCode());
      }
      assertEquals(1, use(server, "bob").opened());
    }
  }

  @Test
  void start_beyondLoopbackWithoutKnowingAnybody_isRefused() throws Exception {
    var everywhere = new InetSocketAddress("0.0.0.0", 0);
    ServerConfig open = ServerConfig.of(everywhere, modules);
    var e = assertThrows(IOException.class, () -> MooringServer.start(open).close());
    assertTrue(e.toString().contains("--allow-unauthenticated"), e::toString);
    MooringServer.start(open.withAccess(AccessConfig.DEFAULTS.withAllowUnauthenticated(true)))
        .close();
    MooringServer.start(config(TenantLimits.DEFAULTS).withListen(everywhere)).close();
  }
}
