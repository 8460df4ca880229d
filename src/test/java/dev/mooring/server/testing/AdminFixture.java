package dev.mooring.server.testing;

import static java.util.Objects.requireNonNull;

import dev.mooring.admin.AdminConfig;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.transport.config.TransportConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A server in this process, with the bundled modules, two loops and an admin side. */
public abstract class AdminFixture {
  @TempDir private Path modules;
  @TempDir protected Path files;

  protected MooringServer server;

  @BeforeEach
  void start() throws IOException {
    Guests.in(modules);
    server = MooringServer.start(config(AdminConfig.DEFAULTS));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** A configuration with such an admin side. */
  protected ServerConfig config(AdminConfig admin) {
    var any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    return ServerConfig.of(any, modules)
        .withTransport(TransportConfig.DEFAULTS.withEventLoops(2))
        .withAdmin(admin.withListen(any));
  }

  /** Goes on with another server. */
  protected void serve(ServerConfig config) throws IOException {
    server.close();
    server = MooringServer.start(config);
  }

  protected int adminPort() {
    return requireNonNull(server.adminAddress()).getPort();
  }

  /** Opens a session. */
  protected RawClient open(String module) {
    var client = new RawClient(server.address());
    client.open(module);
    return client;
  }
}
