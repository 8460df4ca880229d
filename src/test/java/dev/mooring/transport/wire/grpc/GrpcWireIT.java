package dev.mooring.transport.wire.grpc;

import dev.mooring.server.testing.Patient;
import dev.mooring.transport.wire.Line;
import dev.mooring.transport.wire.Wire;
import dev.mooring.transport.wire.WireContract;
import dev.mooring.transport.wire.WireFormat;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;

/** gRPC without TLS, each client on a connection of its own. */
@Patient
final class GrpcWireIT extends WireContract {
  @Override
  protected List<Wire> wires() {
    return List.of(new GrpcWire());
  }

  @Override
  protected WireFormat format() {
    return new GrpcFormat();
  }

  @Override
  protected Line connect(SocketAddress address, int receiveBytes) throws IOException {
    return GrpcLine.session(new Http2Client(address, receiveBytes, null));
  }

  @Override
  protected boolean endsWithItsSession() {
    return false;
  }
}
