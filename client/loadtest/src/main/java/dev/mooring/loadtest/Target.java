package dev.mooring.loadtest;

import dev.mooring.client.Keep.Durability;
import dev.mooring.client.TlsOptions;
import dev.mooring.client.Wire;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the load goes, and what each connection opens there.
 *
 * @param servers connections take turns among them; at least one
 * @param wire what is spoken with them
 * @param sources local addresses that connections take turns among; empty for the system's choice.
 *     Each has some 28,000 ports of its own
 * @param module as in {@code Open}
 * @param config as in {@code Open}
 * @param token as in {@code Open}; empty for none
 * @param durability what a session survives, so that it is kept beyond its connection; null for one
 *     that isn't. One whose connection is lost is not gone on with
 * @param tls null for plain TCP
 */
public record Target(
    List<InetSocketAddress> servers,
    Wire wire,
    List<InetAddress> sources,
    String module,
    Map<String, String> config,
    String token,
    @Nullable Durability durability,
    @Nullable Tls tls) {

  /**
   * How servers are known, and what they know of this client.
   *
   * @param insecure whether any server will do, whoever the options trust
   */
  public record Tls(TlsOptions options, boolean insecure) {}

  public Target {
    servers = List.copyOf(servers);
    sources = List.copyOf(sources);
    config = Map.copyOf(config);
    if (servers.isEmpty()) {
      throw LoadFailure.usage("there is no server to test, expected HOST:PORT");
    }
    if (module.isEmpty()) {
      throw LoadFailure.usage("--module is empty, expected NAME or NAME@sha256:HEX");
    }
  }
}
