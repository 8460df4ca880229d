package dev.mooring.transport.wire.grpc;

import dev.mooring.server.testing.Patient;
import dev.mooring.transport.wire.Line;
import dev.mooring.transport.wire.Wire;
import dev.mooring.transport.wire.WireContract;
import dev.mooring.transport.wire.WireFormat;
import dev.mooring.transport.wire.mooring.MooringWire;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;

/** gRPC on a port of Mooring's own, which picks it by its first bytes. */
@Patient
final class SelectedGrpcIT extends WireContract {
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
    return GrpcLine.session(new Http2Client(address, receiveBytes, null));
  }

  @Override
  protected boolean endsWithItsSession() {
    return false;
  }
}
