package dev.mooring.bench;

import dev.mooring.client.Wire;

/** What is spoken between a client and a server. */
enum Door {
  /** Mooring's own protocol. */
  TCP("tcp", "", Wire.MOORING),
  WEBSOCKET("websocket", "ws://", Wire.WEBSOCKET),
  GRPC("grpc", "grpc://", Wire.GRPC);

  private final String label;
  private final String scheme;
  private final Wire wire;

  Door(String label, String scheme, Wire wire) {
    this.label = label;
    this.scheme = scheme;
    this.wire = wire;
  }

  /** For tables and figures. */
  String label() {
    return label;
  }

  /** Where clients find a server of this machine. */
  String address(int port) {
    return scheme + "127.0.0.1:" + port;
  }

  Wire wire() {
    return wire;
  }
}
