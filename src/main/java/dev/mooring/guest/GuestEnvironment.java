package dev.mooring.guest;

import java.util.Map;

/**
 * What a space keeps of the world for as long as it lives.
 *
 * @param config what the client configured, as the guest reads it
 * @param log takes what the guest logs, on the space's event loop
 */
public record GuestEnvironment(Map<String, String> config, GuestLog log) {
  public GuestEnvironment {
    config = Map.copyOf(config);
  }

  /** Takes a guest's words. */
  @FunctionalInterface
  public interface GuestLog {
    void log(Level level, String message);
  }

  /** In the order of the guest ABI's numbers, from 0. */
  public enum Level {
    TRACE,
    DEBUG,
    INFO,
    WARN,
    ERROR
  }
}
