package dev.mooring.transport.wire.grpc;

import static dev.mooring.server.testing.Eventually.assertEventually;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.proto.LeakCheck;
import dev.mooring.server.testing.LoggedDefects;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.WireServer;
import dev.mooring.transport.config.AdmissionLimits;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.config.ListenerConfig;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.wire.mooring.MooringWire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** A server that speaks gRPC beside Mooring's own, on one loop. */
@ExtendWith(LeakCheck.class)
abstract class GrpcServerFixture {
  private static GuestRuntime runtime;
  private static GuestModule module;

  private final LoggedDefects defects = new LoggedDefects();
  WireServer server;

  @BeforeAll
  static void compile() throws Exception {
    runtime = new GuestRuntime(1L << 30);
    byte[] bytes = Files.readAllBytes(Path.of("guests/c/conformance.wasm"));
    module = GuestModule.compile(bytes, ModuleOptions.DEFAULTS, runtime);
  }

  @AfterAll
  static void closeRuntime() {
    runtime.close();
  }

  @BeforeEach
  void start() throws IOException {
    defects.attach();
    server = newServer(AdmissionLimits.DEFAULTS, SessionLimits.DEFAULTS);
  }

  /** Goes on with a server of these limits, before any client has come. */
  void serve(AdmissionLimits admission, SessionLimits session) throws IOException {
    server.close();
    server = newServer(admission, session);
  }

  private static WireServer newServer(AdmissionLimits admission, SessionLimits session)
      throws IOException {
    return new WireServer(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        TransportConfig.DEFAULTS
            .withEventLoops(1)
            .withLimits(ConnectionLimits.DEFAULTS.withSessions(100_000, 100_000))
            .withListener(ListenerConfig.DEFAULTS.withLimits(admission)),
        session.withCallTimeouts(20_000, 20_000),
        List.of(new MooringWire(), new GrpcWire()),
        runtime,
        module);
  }

  @AfterEach
  void assertNothingIsLeft() throws InterruptedException {
    try {
      assertEventually(server::hasNothingLeft, "no connection, session or byte is left");
    } finally {
      server.close();
      defects.detach();
    }
    assertEquals(List.of(), defects.told);
  }
}
