package dev.mooring.transport.config;

import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How connections come in.
 *
 * @param tls null for plain TCP
 * @param wires what is spoken, not empty; what fits several is the first one's
 * @param addresses where, if not at the server's one address
 * @param proxies whose connections begin with a PROXY header that says for whom they are
 * @param origins whose pages may connect from browsers
 * @param limits what strangers may do
 */
public record ListenerConfig(
    @Nullable TlsConfig tls,
    List<WireName> wires,
    List<ListenAddress> addresses,
    List<AddressRange> proxies,
    Origins origins,
    AdmissionLimits limits) {
  /** What a server does if its operator says nothing. */
  public static final ListenerConfig DEFAULTS =
      new ListenerConfig(
          null, WireName.ALL, List.of(), List.of(), Origins.SAME_HOST, AdmissionLimits.DEFAULTS);

  public ListenerConfig {
    wires = List.copyOf(wires);
    addresses = List.copyOf(addresses);
    proxies = List.copyOf(proxies);
    if (wires.isEmpty()) {
      throw new IllegalArgumentException("there is no wire to be spoken");
    }
    for (int i = 0; i < addresses.size(); i++) {
      requireElsewhere(addresses.get(i), addresses.subList(0, i));
    }
  }

  /** Port 0 takes a free one, each time another. */
  private static void requireElsewhere(ListenAddress one, List<ListenAddress> others) {
    boolean isAny = one.address() instanceof InetSocketAddress internet && internet.getPort() == 0;
    for (ListenAddress other : others) {
      if (!isAny && one.address().equals(other.address())) {
        throw new IllegalArgumentException(
            "%s is listened on twice".formatted(one.address().toString().replaceFirst("^.*/", "")));
      }
    }
  }

  public ListenerConfig withTls(@Nullable TlsConfig changed) {
    return new ListenerConfig(changed, wires, addresses, proxies, origins, limits);
  }

  public ListenerConfig withWires(List<WireName> changed) {
    return new ListenerConfig(tls, changed, addresses, proxies, origins, limits);
  }

  public ListenerConfig withAddresses(List<ListenAddress> changed) {
    return new ListenerConfig(tls, wires, changed, proxies, origins, limits);
  }

  public ListenerConfig withProxies(List<AddressRange> changed) {
    return new ListenerConfig(tls, wires, addresses, changed, origins, limits);
  }

  public ListenerConfig withOrigins(Origins changed) {
    return new ListenerConfig(tls, wires, addresses, proxies, changed, limits);
  }

  public ListenerConfig withLimits(AdmissionLimits changed) {
    return new ListenerConfig(tls, wires, addresses, proxies, origins, changed);
  }
}
