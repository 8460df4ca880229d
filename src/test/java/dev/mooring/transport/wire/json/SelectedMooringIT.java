package dev.mooring.transport.wire.json;

import dev.mooring.transport.config.AdmissionLimits;
import dev.mooring.transport.config.ListenerConfig;
import dev.mooring.transport.wire.Wire;
import dev.mooring.transport.wire.WireContract;
import dev.mooring.transport.wire.WireFormat;
import dev.mooring.transport.wire.mooring.MooringFormat;
import dev.mooring.transport.wire.mooring.MooringWire;
import java.util.List;

/** Mooring's own protocol on a port that speaks the second wire first. */
final class SelectedMooringIT extends WireContract {
  @Override
  protected List<Wire> wires() {
    return List.of(new JsonWire(), new MooringWire());
  }

  @Override
  protected WireFormat format() {
    return new MooringFormat();
  }

  @Override
  protected WireFormat formatOfTheSilent() {
    return new JsonFormat();
  }

  @Override
  protected ListenerConfig listener() {
    // Longer than a busy machine takes to say the first word: who is silent is the first wire's.
    return ListenerConfig.DEFAULTS.withLimits(
        AdmissionLimits.DEFAULTS.withHandshakeMillis(5 * SHORT_MILLIS));
  }
}
