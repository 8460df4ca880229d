package dev.mooring.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.file.LookAlikes;
import dev.mooring.guest.GuestModule;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.RawClient;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.config.TransportConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A configuration that changes while the server runs. */
@Patient
final class ReloadIT {
  private final ServerConfig config;

  ReloadIT(@TempDir Path modules) {
    config =
        ServerConfig.of(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Guests.in(modules));
  }

  @Test
  void reload_sessionLimits_holdForSessionsThatComeLater() throws Exception {
    try (var server = MooringServer.start(config);
        var before = new RawClient(server.address())) {
      assertEquals(50, before.open("counter").getLimits().getCallTimeoutMs());
      SessionLimits changed = SessionLimits.DEFAULTS.withCallTimeouts(77, 1_000);
      assertEquals(List.of(), server.reload(config.withSession(changed)));
      try (var after = new RawClient(server.address())) {
        assertEquals(77, after.open("counter").getLimits().getCallTimeoutMs());
        assertEquals(1, after.callI64("add", RawClient.i64(1)));
      }
      assertEquals(1, before.callI64("add", RawClient.i64(1)), "goes on as it was");
    }
  }

  @Test
  void reload_fewerSessions_refusesNewOnesAndKeepsThoseThatAreThere() throws Exception {
    try (var server = MooringServer.start(config);
        var one = new RawClient(server.address());
        var two = new RawClient(server.address())) {
      one.open("counter");
      two.open("counter");
      var fewer =
          TransportConfig.DEFAULTS.withLimits(ConnectionLimits.DEFAULTS.withSessions(1, 10));
      assertEquals(List.of(), server.reload(config.withTransport(fewer)));
      try (var three = new RawClient(server.address())) {
        three.receiveError(ErrorCode.SERVER_OVERLOADED);
      }
      assertEquals(1, two.callI64("add", RawClient.i64(1)));
    }
  }

  /** A directory whose file system can't tell one state of a file from another. */
  @Test
  void reloadFiles_moduleThatLooksAsBefore_isReadAllTheSame(@TempDir Path folder) throws Exception {
    try (var crude = LookAlikes.crudeFileSystem(folder)) {
      Path modules = crude.getPath("/");
      byte[] counter = Files.readAllBytes(Path.of("guests/c/counter.wasm"));
      LookAlikes.write(modules.resolve("a.wasm"), counter);
      LookAlikes.write(modules.resolve("b.wasm"), counter);
      try (var server = MooringServer.start(config.withModules(modules))) {
        String digest = digest(server, "a");
        assertEquals(digest, digest(server, digest));
        assertEquals(digest, digest(server, "b"));
        byte[] other = LookAlikes.changed(counter);
        LookAlikes.write(modules.resolve("b.wasm"), other);
        assertEquals(digest, digest(server, "b"), "nobody can see it");
        server.reloadFiles();
        Eventually.assertEventually(
            () -> digest(server, "b").equals(GuestModule.digest(other)),
            "the bytes were looked at");
        assertEquals(digest, digest(server, "a"));
        assertEquals(GuestModule.digest(other), digest(server, GuestModule.digest(other)));
      }
    }
  }

  private static String digest(MooringServer server, String module) {
    try (var client = new RawClient(server.address())) {
      return client.open(module).getModuleDigest();
    }
  }

  @Test
  void reload_whatTakesARestart_isNamedAndTheRestHolds() throws Exception {
    try (var server = MooringServer.start(config)) {
      var wanted =
          config
              .withListen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1))
              .withGuestMemoryBytes(1)
              .withTransport(TransportConfig.DEFAULTS.withEventLoops(7))
              .withSession(SessionLimits.DEFAULTS.withCallTimeouts(78, 1_000));
      assertEquals(
          List.of("listen", "guest_memory_bytes", "transport.event_loops"), server.reload(wanted));
      try (var client = new RawClient(server.address())) {
        assertEquals(78, client.open("counter").getLimits().getCallTimeoutMs());
      }
    }
  }
}
