package dev.mooring.access;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * The tenants of a server, known by token or by certificate. A token, if one is given and there are
 * any, decides.
 *
 * <p>Thread-safe.
 */
public final class Tenants implements Authority {

  /**
   * How many tenants are remembered. Certificates may name any number: beyond this, those that are
   * idle and were longest not heard of are forgotten, with what was counted of them.
   */
  static final int MAX_TENANTS = 10_000;

  /** So many are forgotten at once, as it takes a look at all of them. */
  private static final int FORGOTTEN_AT_ONCE = MAX_TENANTS / 16;

  /** When none could be forgotten, that is not tried again for so long. */
  private static final long RETRY_NANOS = 1_000_000_000;

  private final AccessConfig config;
  private final boolean certificates;
  private final ConcurrentHashMap<String, Tenant> known = new ConcurrentHashMap<>();
  private final @Nullable TokenHolders tokens;
  private boolean foundNone;
  private long lookedAtNanos;

  /**
   * Reads the file of tokens, if there is one.
   *
   * @param certificates whether clients' certificates are asked for and checked
   * @throws IOException if the file can't be used; the message says why
   */
  public Tenants(AccessConfig config, boolean certificates) throws IOException {
    this.config = config;
    this.certificates = certificates;
    this.tokens = config.tokens() == null ? null : new TokenHolders(config.tokens());
  }

  /** Reads the file of tokens again. What can't be used changes nothing, and the log says why. */
  public void reload() {
    if (tokens != null) {
      tokens.reload();
    }
  }

  @Override
  public Identity identify(String token, @Nullable X500Principal certificate) {
    TokenHolders now = tokens;
    if (now == null && !certificates) {
      return Identity.ANYONE;
    }
    if (now != null && !token.isEmpty()) {
      String tenant = now.holderOf(token);
      return tenant == null ? new Identity.Unknown("the token is not valid") : known(tenant);
    }
    if (certificate != null) {
      return known(Subjects.tenantOf(certificate));
    }
    return new Identity.Unknown(
        "this server wants to know who asks; expected "
            + (now == null ? "" : "an auth_token")
            + (now != null && certificates ? " or " : "")
            + (certificates ? "a certificate in the TLS handshake" : ""));
  }

  @Override
  public @Nullable Tenant named(String name) {
    return known(name) instanceof Identity.Known(Tenant tenant) ? tenant : null;
  }

  private Identity known(String name) {
    return known(name, System.nanoTime());
  }

  Identity known(String name, long nowNanos) {
    Tenant tenant = known.get(name);
    if (tenant == null) {
      if (known.size() >= MAX_TENANTS && !forgetSome(nowNanos)) {
        return new Identity.TooMany("this server knows as many tenants as it may; try again later");
      }
      tenant =
          known.computeIfAbsent(
              name,
              key ->
                  new Tenant(key, config.tenants().getOrDefault(key, config.limits()), nowNanos));
    }
    tenant.came(nowNanos);
    return new Identity.Known(tenant);
  }

  /** Makes room for others; says whether there is some. */
  private synchronized boolean forgetSome(long nowNanos) {
    if (known.size() < MAX_TENANTS) {
      return true;
    }
    if (foundNone && nowNanos - lookedAtNanos < RETRY_NANOS) {
      return false;
    }
    lookedAtNanos = nowNanos;
    record Idle(Tenant tenant, long idleNanos) {}
    List<Idle> longest =
        known.values().stream()
            .filter(tenant -> tenant.isIdle(nowNanos))
            .map(tenant -> new Idle(tenant, nowNanos - tenant.cameAtNanos()))
            .sorted(Comparator.comparingLong(Idle::idleNanos).reversed())
            .limit(FORGOTTEN_AT_ONCE)
            .toList();
    for (Idle idle : longest) {
      // Who came to it just now, on another loop, has it refused once.
      if (idle.tenant().forget()) {
        known.remove(idle.tenant().name(), idle.tenant());
      }
    }
    foundNone = known.size() >= MAX_TENANTS;
    return !foundNone;
  }

  /** What those who came use, by name. */
  public List<TenantUse> use() {
    return known.values().stream()
        .map(Tenant::use)
        .sorted(Comparator.comparing(TenantUse::name))
        .toList();
  }
}
