package dev.mooring.transport.wire.grpc;

import dev.mooring.server.testing.Pki;
import dev.mooring.transport.config.ListenerConfig;
import dev.mooring.transport.config.TlsConfig;
import dev.mooring.transport.wire.Line;
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

/** gRPC within TLS, on a port that also speaks Mooring's own: ALPN tells them apart. */
final class TlsGrpcIT extends WireContract {
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
    return List.of(new MooringWire(), new GrpcWire());
  }

  @Override
  protected WireFormat format() {
    return new GrpcFormat();
  }

  @Override
  protected ListenerConfig listener() {
    return ListenerConfig.DEFAULTS.withTls(tls);
  }

  @Override
  protected Line connect(SocketAddress address, int receiveBytes) throws IOException {
    return GrpcLine.session(new Http2Client(address, receiveBytes, trusting));
  }

  @Override
  protected boolean tellsRefusals() {
    return false;
  }

  @Override
  protected boolean endsWithItsSession() {
    return false;
  }
}
