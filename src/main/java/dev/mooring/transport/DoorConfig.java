package dev.mooring.transport;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How connections come in.
 *
 * @param tls null for plain TCP
 * @param proxies whose connections begin with a PROXY header that says for whom they are
 * @param limits what strangers may do
 */
public record DoorConfig(@Nullable TlsConfig tls, List<AddressRange> proxies, DoorLimits limits) {
  /** What a server does if its operator says nothing. */
  public static final DoorConfig DEFAULTS = new DoorConfig(null, List.of(), DoorLimits.DEFAULTS);

  public DoorConfig {
    proxies = List.copyOf(proxies);
  }

  public DoorConfig withTls(@Nullable TlsConfig changed) {
    return new DoorConfig(changed, proxies, limits);
  }

  public DoorConfig withProxies(List<AddressRange> changed) {
    return new DoorConfig(tls, changed, limits);
  }

  public DoorConfig withLimits(DoorLimits changed) {
    return new DoorConfig(tls, proxies, changed);
  }
}
