package dev.mooring.access;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who may come in.
 *
 * @param tokens the file of tokens; null if there are none
 * @param allowUnauthenticated whether the server may listen for other machines without knowing who
 *     asks
 * @param limits what a tenant may use of whom {@code tenants} says nothing
 * @param tenants what single tenants may use, by name
 */
public record AccessConfig(
    @Nullable Path tokens,
    boolean allowUnauthenticated,
    TenantLimits limits,
    Map<String, TenantLimits> tenants) {
  /** What a server does if its operator says nothing: it asks nobody, and listens on loopback. */
  public static final AccessConfig DEFAULTS =
      new AccessConfig(null, false, TenantLimits.DEFAULTS, Map.of());

  public AccessConfig {
    tenants = Map.copyOf(tenants);
  }

  public AccessConfig withTokens(@Nullable Path changed) {
    return new AccessConfig(changed, allowUnauthenticated, limits, tenants);
  }

  public AccessConfig withAllowUnauthenticated(boolean changed) {
    return new AccessConfig(tokens, changed, limits, tenants);
  }

  public AccessConfig withTenants(TenantLimits others, Map<String, TenantLimits> changed) {
    return new AccessConfig(tokens, allowUnauthenticated, others, changed);
  }
}
