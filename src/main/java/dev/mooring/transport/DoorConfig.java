package dev.mooring.transport;

import org.jspecify.annotations.Nullable;

/**
 * How connections come in.
 *
 * @param tls null for plain TCP
 * @param handshakeMillis how long a client may take over what comes before the first message: the
 *     TLS handshake
 */
public record DoorConfig(@Nullable TlsConfig tls, int handshakeMillis) {
  /** What a server does if its operator says nothing. */
  public static final DoorConfig DEFAULTS = new DoorConfig(null, 5_000);

  public DoorConfig {
    Bounds.require(handshakeMillis >= 1, "handshakeMillis", handshakeMillis, "1");
  }

  public DoorConfig withTls(@Nullable TlsConfig changed) {
    return new DoorConfig(changed, handshakeMillis);
  }

  public DoorConfig withHandshakeMillis(int changed) {
    return new DoorConfig(tls, changed);
  }
}
