package dev.mooring.transport.wire.mooring;

import dev.mooring.transport.wire.Line;
import dev.mooring.transport.wire.SocketLine;
import dev.mooring.transport.wire.TlsWireContract;
import dev.mooring.transport.wire.Wire;
import dev.mooring.transport.wire.WireFormat;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;

/** Mooring's own protocol within TLS. */
final class TlsWireIT extends TlsWireContract {
  @Override
  protected List<Wire> wires() {
    return List.of(new MooringWire());
  }

  @Override
  protected WireFormat format() {
    return new MooringFormat();
  }

  @Override
  protected Line connect(SocketAddress address, int receiveBytes) throws IOException {
    return SocketLine.tls(address, receiveBytes, trusting(), "mooring/1");
  }
}
