package dev.mooring.session;

import dev.mooring.guest.call.GuestEnvironment;
import java.util.Map;

/**
 * What a client opens a session with.
 *
 * @param wanted the limits that it asks for; in each, 0 asks for the server's
 * @param authToken who asks; empty if it doesn't say
 */
public record OpenRequest(
    int protocolVersion,
    String module,
    Map<String, String> config,
    WantedLimits wanted,
    String authToken) {
  public OpenRequest {
    config = Map.copyOf(config);
  }

  /** From somebody who doesn't say who they are. */
  public OpenRequest(
      int protocolVersion, String module, Map<String, String> config, WantedLimits wanted) {
    this(protocolVersion, module, config, wanted, "");
  }

  /** What the session needs once it is known who asks: a secret isn't kept for longer. */
  OpenRequest withoutToken() {
    return new OpenRequest(protocolVersion, module, config, wanted);
  }

  /** About how much of the heap it takes, in bytes. */
  long heldBytes() {
    return GuestEnvironment.heldBytes(config);
  }

  /** Without the token, and without the values of the configuration: both may be secrets. */
  @Override
  public String toString() {
    return "OpenRequest[" + module + ", config=" + config.keySet() + "]";
  }

  /** Limits as a client asks for them, unsigned. */
  public record WantedLimits(
      long memoryBytes,
      long callTimeoutMillis,
      long outputBytes,
      long eventsPerCall,
      long queuedCalls,
      long queuedBytes) {
    /** Asks for nothing in particular. */
    public static final WantedLimits NONE = new WantedLimits(0, 0, 0, 0, 0, 0);
  }
}
