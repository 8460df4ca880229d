package dev.mooring.admin;

import dev.mooring.setting.InvalidSetting;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where operators come in, and how.
 *
 * @param listen null for nowhere
 * @param tokens the file of the tokens that they show; null if they need none
 * @param hosts names by which browsers may call it, beside addresses and {@code localhost}
 * @param connections how many there may be at once
 * @param requestMillis how long a request may take to come, and an answer to be taken, and how long
 *     a connection may say nothing
 * @param requestsPerSecond how many connections and requests are taken together; 0: any number
 */
public record AdminConfig(
    @Nullable InetSocketAddress listen,
    @Nullable Path tokens,
    List<String> hosts,
    int connections,
    int requestMillis,
    int requestsPerSecond) {
  /** None. */
  public static final AdminConfig DEFAULTS =
      new AdminConfig(null, null, List.of(), 64, 10_000, 100);

  public AdminConfig {
    hosts = hosts.stream().map(host -> host.toLowerCase(Locale.ROOT)).toList();
    InvalidSetting.requireAtLeast(1, "connections", connections);
    InvalidSetting.requireAtLeast(100, "requestMillis", requestMillis);
    InvalidSetting.requireAtLeast(0, "requestsPerSecond", requestsPerSecond);
  }

  public AdminConfig withListen(@Nullable InetSocketAddress changed) {
    return new AdminConfig(changed, tokens, hosts, connections, requestMillis, requestsPerSecond);
  }

  public AdminConfig withTokens(@Nullable Path changed) {
    return new AdminConfig(listen, changed, hosts, connections, requestMillis, requestsPerSecond);
  }

  public AdminConfig withLimits(int connections, int requestMillis, int requestsPerSecond) {
    return new AdminConfig(listen, tokens, hosts, connections, requestMillis, requestsPerSecond);
  }

  /** Why it would be rash to listen so, or null: strangers could steer the server. */
  public @Nullable String whyUnsafe() {
    if (listen == null || tokens != null || isNear(listen)) {
      return null;
    }
    return "the admin side won't listen on "
        + listen.toString().replaceFirst("^.*/", "")
        + ": whoever can reach it could end sessions and stop the server. Give it tokens (tokens under"
        + " [admin]), or listen on 127.0.0.1";
  }

  private static boolean isNear(InetSocketAddress address) {
    return address.getAddress() != null && address.getAddress().isLoopbackAddress();
  }
}
