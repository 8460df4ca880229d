package dev.mooring.server.fault;

import dev.mooring.client.MooringClient;
import dev.mooring.client.TlsOptions;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.Pki;
import dev.mooring.server.testing.RawClient;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.config.AdmissionLimits;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.config.ListenerConfig;
import dev.mooring.transport.config.TlsConfig;
import dev.mooring.transport.config.TransportConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The servers that faults strike at, one without TLS and one with it; a client of each, the modules
 * that both have, and the gate that keeps their guests.
 */
final class FaultServers implements AutoCloseable {
  // The server finds out long before the client does, so that it can be told which of them it was.
  private static final int HANDSHAKE_MILLIS = 1_500;
  private static final int FIRST_MESSAGE_MILLIS = 700;
  private static final int FRAME_AGE_MILLIS = 700;
  private static final int STALL_MILLIS = 1_000;
  private static final int IDLE_MILLIS = 1_200;
  private static final int LINGER_MILLIS = 300;
  static final Duration CLIENT_PATIENCE = Duration.ofSeconds(4);

  /** A guest's own time isn't the matter here. */
  private static final int CALL_MILLIS = 30_000;

  final GuestGate gate = new GuestGate();
  final MooringServer plainServer;
  final MooringServer tlsServer;
  private final MooringClient plainClient;
  private final MooringClient tlsClient;
  private final Path modules;
  private final Pki pki;
  private int copies;

  /**
   * Starts both.
   *
   * @param modules an empty folder, for the guests
   * @param files an empty folder, for keys and certificates
   */
  FaultServers(Path modules, Path files) throws Exception {
    this.modules = modules;
    gate.attach();
    Guests.in(modules);
    pki = new Pki(files);
    pki.issueServer("server");
    plainServer = start(null);
    tlsServer = start(TlsConfig.of(pki.certificate("server"), pki.key("server")));
    plainClient = MooringClient.create();
    tlsClient = MooringClient.builder().tls(TlsOptions.trusting(pki.ca())).build();
  }

  /** One more of the same kind, which is the caller's to close. */
  MooringServer start(@Nullable TlsConfig tls) throws IOException {
    var session =
        SessionLimits.DEFAULTS
            .withCallTimeouts(CALL_MILLIS, CALL_MILLIS)
            .withFirstMessageMillis(FIRST_MESSAGE_MILLIS);
    var transport = TransportConfig.DEFAULTS;
    return MooringServer.start(
        ServerConfig.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), modules)
            .withSession(session)
            .withTransport(
                new TransportConfig(
                    2,
                    transport.backlog(),
                    transport.frameBytes(),
                    transport.writeLowBytes(),
                    transport.writeHighBytes(),
                    LINGER_MILLIS,
                    transport.sickAfterMillis(),
                    ConnectionLimits.DEFAULTS.withTimes(
                        STALL_MILLIS, FRAME_AGE_MILLIS, IDLE_MILLIS),
                    ListenerConfig.DEFAULTS
                        .withTls(tls)
                        .withLimits(
                            AdmissionLimits.DEFAULTS.withHandshakeMillis(HANDSHAKE_MILLIS)))));
  }

  /** The same code under another name and with another digest. */
  String newModule(String name) throws IOException {
    int number = ++copies;
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(Files.readAllBytes(modules.resolve(name + ".wasm")));
    // A custom section with an empty name.
    bytes.writeBytes(new byte[] {0, 2, 0, (byte) number});
    String copy = name + "-" + number;
    Files.write(modules.resolve(copy + ".wasm"), bytes.toByteArray());
    return copy;
  }

  List<MooringServer> both() {
    return List.of(plainServer, tlsServer);
  }

  MooringServer server(boolean isTls) {
    return isTls ? tlsServer : plainServer;
  }

  MooringClient client(boolean isTls) {
    return isTls ? tlsClient : plainClient;
  }

  /** A client of the address, which leads to the server with TLS or the one without. */
  RawClient rawClient(SocketAddress address, boolean isTls) throws Exception {
    if (!isTls) {
      return new RawClient(address);
    }
    var port = ((InetSocketAddress) address).getPort();
    return new RawClient(pki.context(null).getSocketFactory().createSocket("localhost", port));
  }

  @Override
  public void close() {
    gate.detach();
    plainClient.close();
    tlsClient.close();
    plainServer.close();
    tlsServer.close();
  }
}
