package dev.mooring.transport.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How connections come in.
 *
 * @param tls null for plain TCP
 * @param proxies whose connections begin with a PROXY header that says for whom they are
 * @param origins whose pages may connect from browsers
 * @param limits what strangers may do
 */
public record ListenerConfig(
    @Nullable TlsConfig tls, List<AddressRange> proxies, Origins origins, AdmissionLimits limits) {
  /** What a server does if its operator says nothing. */
  public static final ListenerConfig DEFAULTS =
      new ListenerConfig(null, List.of(), Origins.SAME_HOST, AdmissionLimits.DEFAULTS);

  public ListenerConfig {
    proxies = List.copyOf(proxies);
  }

  public ListenerConfig withTls(@Nullable TlsConfig changed) {
    return new ListenerConfig(changed, proxies, origins, limits);
  }

  public ListenerConfig withProxies(List<AddressRange> changed) {
    return new ListenerConfig(tls, changed, origins, limits);
  }

  public ListenerConfig withOrigins(Origins changed) {
    return new ListenerConfig(tls, proxies, changed, limits);
  }

  public ListenerConfig withLimits(AdmissionLimits changed) {
    return new ListenerConfig(tls, proxies, origins, changed);
  }
}
