package dev.mooring.session;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a session is by what its client asked for and was granted. It doesn't change while the
 * session lives, on whichever connection and event loop.
 *
 * @param id names the session in logs, and to its client
 * @param module the reference that its client gave
 * @param config what its client configured; may be secret
 * @param limits those in force
 * @param tenant whose it is; null where nobody is asked who they are
 * @param bornMillis when it was opened, in milliseconds since 1970
 * @param endMillis when it is asked to end, or {@link SessionLifetime#NEVER}
 */
public record SessionTerms(
    String id,
    String module,
    Map<String, String> config,
    SessionLimits limits,
    @Nullable String tenant,
    long bornMillis,
    long endMillis) {
  public SessionTerms {
    config = Map.copyOf(config);
  }

  /** Without the values of the configuration, which may be secrets. */
  @Override
  public String toString() {
    return "SessionTerms[" + id + " of " + module + ", config=" + config.keySet() + "]";
  }
}
