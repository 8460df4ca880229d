package dev.mooring.transport.wire.websocket;

import dev.mooring.server.testing.Patient;
import dev.mooring.transport.wire.Line;
import dev.mooring.transport.wire.SocketLine;
import dev.mooring.transport.wire.Wire;
import dev.mooring.transport.wire.WireContract;
import dev.mooring.transport.wire.WireFormat;
import dev.mooring.transport.wire.mooring.MooringWire;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;

/** WebSocket on a port of Mooring's own, which picks it by its first bytes. */
@Patient
final class SelectedWebSocketIT extends WireContract {
  @Override
  protected List<Wire> wires() {
    return List.of(new MooringWire(), new WebSocketWire());
  }

  @Override
  protected WireFormat format() {
    return new WebSocketFormat();
  }

  @Override
  protected Line connect(SocketAddress address, int receiveBytes) throws IOException {
    return new WebSocketLine(SocketLine.plain(address, receiveBytes));
  }
}
