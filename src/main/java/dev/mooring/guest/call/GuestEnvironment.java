package dev.mooring.guest.call;

import java.util.Map;

/**
 * What a space keeps of the world for as long as it lives.
 *
 * @param config what the client configured, as the guest reads it
 * @param log takes what the guest logs, on the space's event loop
 */
public record GuestEnvironment(Map<String, String> config, GuestLog log) {
  /** What an entry takes beside its characters: two strings, their arrays, and its place. */
  private static final int ENTRY_BYTES = 128;

  public GuestEnvironment {
    config = Map.copyOf(config);
  }

  /** About how much of the heap a configuration takes, in bytes. */
  public static long heldBytes(Map<String, String> config) {
    long bytes = 0;
    for (Map.Entry<String, String> entry : config.entrySet()) {
      int characters = entry.getKey().length() + entry.getValue().length();
      bytes += ENTRY_BYTES + (long) characters * Character.BYTES;
    }
    return bytes;
  }

  /** Takes a guest's words. */
  @FunctionalInterface
  public interface GuestLog {
    /** Takes a line, if it said that it would take one. */
    void log(Level level, String message);

    /**
     * Whether it takes a line now. Whoever asks logs one if so, and makes its text only then; if
     * not, a line has been dropped.
     */
    default boolean takes(Level level) {
      return true;
    }
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
