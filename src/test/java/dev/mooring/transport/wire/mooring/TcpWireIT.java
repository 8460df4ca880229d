package dev.mooring.transport.wire.mooring;

import dev.mooring.transport.wire.Wire;
import dev.mooring.transport.wire.WireContract;
import dev.mooring.transport.wire.WireFormat;
import java.util.List;

/** Mooring's own protocol over TCP. */
final class TcpWireIT extends WireContract {
  @Override
  protected List<Wire> wires() {
    return List.of(new MooringWire());
  }

  @Override
  protected WireFormat format() {
    return new MooringFormat();
  }
}
