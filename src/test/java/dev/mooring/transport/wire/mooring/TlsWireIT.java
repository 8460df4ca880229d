package dev.mooring.transport.wire.mooring;

import dev.mooring.server.testing.Pki;
import dev.mooring.transport.config.ListenerConfig;
import dev.mooring.transport.config.TlsConfig;
import dev.mooring.transport.wire.Line;
import dev.mooring.transport.wire.SocketLine;
import dev.mooring.transport.wire.Wire;
import dev.mooring.transport.wire.WireContract;
import dev.mooring.transport.wire.WireFormat;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Mooring's own protocol within TLS. */
final class TlsWireIT extends WireContract {
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
    return List.of(new MooringWire());
  }

  @Override
  protected WireFormat format() {
    return new MooringFormat();
  }

  @Override
  protected ListenerConfig listener() {
    return ListenerConfig.DEFAULTS.withTls(tls);
  }

  @Override
  protected Line connect(SocketAddress address, int receiveBytes) throws IOException {
    return SocketLine.tls(address, receiveBytes, trusting, "mooring/1");
  }

  @Override
  protected boolean tellsRefusals() {
    return false;
  }
}
