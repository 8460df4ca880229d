package dev.mooring.transport.wire.json;

import dev.mooring.transport.config.AdmissionLimits;
import dev.mooring.transport.config.ListenerConfig;
import dev.mooring.transport.wire.Wire;
import dev.mooring.transport.wire.WireContract;
import dev.mooring.transport.wire.WireFormat;
import dev.mooring.transport.wire.mooring.MooringFormat;
import dev.mooring.transport.wire.mooring.MooringWire;
import java.util.List;

/** The second wire on a port of Mooring's own, which picks it by its first bytes. */
final class SelectedJsonIT extends WireContract {
  @Override
  protected List<Wire> wires() {
    return List.of(new MooringWire(), new JsonWire());
  }

  @Override
  protected WireFormat format() {
    return new JsonFormat();
  }

  @Override
  protected WireFormat formatOfTheSilent() {
    return new MooringFormat();
  }

  @Override
  protected ListenerConfig listener() {
    // Longer than a busy machine takes to say the first word: who is silent is the first wire's.
    return ListenerConfig.DEFAULTS.withLimits(
        AdmissionLimits.DEFAULTS.withHandshakeMillis(5 * SHORT_MILLIS));
  }
}
