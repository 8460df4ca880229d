package dev.mooring.transport.wire.websocket;

import dev.mooring.server.testing.Patient;
import dev.mooring.transport.wire.Line;
import dev.mooring.transport.wire.SocketLine;
import dev.mooring.transport.wire.TlsWireContract;
import dev.mooring.transport.wire.Wire;
import dev.mooring.transport.wire.WireFormat;
import dev.mooring.transport.wire.mooring.MooringWire;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;

/** WebSocket within TLS, on a port that it shares. */
@Patient
final class TlsWebSocketIT extends TlsWireContract {
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
    return new WebSocketLine(SocketLine.tls(address, receiveBytes, trusting(), "http/1.1"));
  }
}
