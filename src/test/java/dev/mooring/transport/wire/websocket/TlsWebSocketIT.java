package dev.mooring.transport.wire.websocket;

import dev.mooring.server.testing.Pki;
import dev.mooring.transport.config.ListenerConfig;
import dev.mooring.transport.config.TlsConfig;
import dev.mooring.transport.wire.Line;
import dev.mooring.transport.wire.SocketLine;
import dev.mooring.transport.wire.Wire;
import dev.mooring.transport.wire.WireContract;
import dev.mooring.transport.wire.WireFormat;
import dev.mooring.transport.wire.mooring.MooringWire;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** WebSocket within TLS, on a port that it shares. */
final class TlsWebSocketIT extends WireContract {
  @TempDir static Path folder;

  private static TlsConfig tls;
  private static SSLContext trusting;

  @BeforeAll
  static void issue() throws Exception {
    var pki = new Pki(folder);
    pki.issueServer("server");
    tls = TlsConfig.of(pki.certificate("server"), pki.key("server"));
    trusting = pki.context(null);
  }

  @Override
  protected List<Wire> wires() {
    return List.of(new MooringWire(), new WebSocketWire());
  }

  @Override
  protected WireFormat format() {
    return new WebSocketFormat();
  }

  @Override
  protected ListenerConfig listener() {
    return ListenerConfig.DEFAULTS.withTls(tls);
  }

  @Override
  protected Line connect(SocketAddress address, int receiveBytes) throws IOException {
    return new WebSocketLine(SocketLine.tls(address, receiveBytes, trusting, "http/1.1"));
  }

  @Override
  protected boolean tellsRefusals() {
    return false;
  }
}
