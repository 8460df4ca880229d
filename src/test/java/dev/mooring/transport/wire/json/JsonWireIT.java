package dev.mooring.transport.wire.json;

import dev.mooring.server.testing.Patient;
import dev.mooring.transport.wire.Wire;
import dev.mooring.transport.wire.WireContract;
import dev.mooring.transport.wire.WireFormat;
import java.util.List;

/** The second wire, alone on its port. */
@Patient
final class JsonWireIT extends WireContract {
  @Override
  protected List<Wire> wires() {
    return List.of(new JsonWire());
  }

  @Override
  protected WireFormat format() {
    return new JsonFormat();
  }
}
