package dev.mooring.transport.wire.grpc;

import dev.mooring.server.testing.Patient;
import dev.mooring.transport.wire.Line;
import dev.mooring.transport.wire.TlsWireContract;
import dev.mooring.transport.wire.Wire;
import dev.mooring.transport.wire.WireFormat;
import dev.mooring.transport.wire.mooring.MooringWire;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;

/** gRPC within TLS, on a port that also speaks Mooring's own: ALPN tells them apart. */
@Patient
final class TlsGrpcIT extends TlsWireContract {
  @Override
  protected List<Wire> wires() {
    return List.of(new MooringWire(), new GrpcWire());
  }

  @Override
  protected WireFormat format() {
    return new GrpcFormat();
  }

  @Override
  protected Line connect(SocketAddress address, int receiveBytes) throws IOException {
    return GrpcLine.session(new Http2Client(address, receiveBytes, trusting()));
  }

  @Override
  protected boolean endsWithItsSession() {
    return false;
  }
}
