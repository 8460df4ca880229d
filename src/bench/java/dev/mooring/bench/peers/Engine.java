package dev.mooring.bench.peers;

/** How a peer runs guests. Any thread. */
interface Engine {
  /** A connection's own instance, which begins as the module does. */
  GuestInstance open(PeerModule module);
}
