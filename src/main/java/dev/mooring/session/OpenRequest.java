package dev.mooring.session;

import java.util.Map;

/**
 * What a client opens a session with.
 *
 * @param wanted the limits that it asks for; in each, 0 asks for the server's
 */
public record OpenRequest(
    int protocolVersion, String module, Map<String, String> config, WantedLimits wanted) {
  public OpenRequest {
    config = Map.copyOf(config);
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
