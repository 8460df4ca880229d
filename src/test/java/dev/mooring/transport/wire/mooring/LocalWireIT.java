package dev.mooring.transport.wire.mooring;

import dev.mooring.transport.wire.Line;
import dev.mooring.transport.wire.LocalLine;
import dev.mooring.transport.wire.Wire;
import dev.mooring.transport.wire.WireContract;
import dev.mooring.transport.wire.WireFormat;
import io.netty.channel.local.LocalAddress;
import java.net.SocketAddress;
import java.util.List;

/** Mooring's own protocol within the process, where what is written is the reader's at once. */
final class LocalWireIT extends WireContract {
  @Override
  protected List<Wire> wires() {
    return List.of(new MooringWire());
  }

  @Override
  protected WireFormat format() {
    return new MooringFormat();
  }

  @Override
  protected SocketAddress address() {
    return new LocalAddress(LocalWireIT.class);
  }

  @Override
  protected Line connect(SocketAddress address, int receiveBytes) {
    return new LocalLine(address);
  }

  @Override
  protected boolean canHalfClose() {
    return false;
  }

  @Override
  protected boolean holdsBack() {
    return false;
  }
}
