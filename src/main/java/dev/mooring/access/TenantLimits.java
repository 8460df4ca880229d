package dev.mooring.access;

import dev.mooring.rate.Rate;
import dev.mooring.setting.InvalidSetting;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What one tenant may use, of what the server as a whole allows. 0 is as much as that.
 *
 * @param sessions how many it may have at a time
 * @param guestMemoryBytes how much heap its guests may hold together
 * @param guestMillisPerSecond how long its guests may run in a second, on all event loops together;
 *     two busy loops are 2,000
 * @param modules what it may open: names, in which {@code *} stands for anything, or digests
 * @param keptSessions how many it may have that outlive their connections
 * @param keptBytes how much these may have said that wasn't acknowledged; those that hold more than
 *     a little wait then
 */
public record TenantLimits(
    int sessions,
    long guestMemoryBytes,
    int guestMillisPerSecond,
    List<String> modules,
    int keptSessions,
    long keptBytes) {
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long NANOS_PER_SECOND = 1_000_000_000;
  private static final String DIGEST = "sha256:";
  private static final Pattern MODULE = Pattern.compile("[A-Za-z0-9_.*-]+|sha256:[0-9a-fA-F]{64}");

  /** What a tenant may use if the operator says nothing. */
  public static final TenantLimits DEFAULTS = new TenantLimits(0, 0, 0, List.of("*"));

  /** With as many kept sessions as the server has. */
  public TenantLimits(
      int sessions, long guestMemoryBytes, int guestMillisPerSecond, List<String> modules) {
    this(sessions, guestMemoryBytes, guestMillisPerSecond, modules, 0, 0);
  }

  public TenantLimits {
    InvalidSetting.requireNotNegative("sessions", sessions);
    InvalidSetting.requireNotNegative("guestMemoryBytes", guestMemoryBytes);
    InvalidSetting.requireNotNegative("guestMillisPerSecond", guestMillisPerSecond);
    InvalidSetting.requireNotNegative("keptSessions", keptSessions);
    InvalidSetting.requireNotNegative("keptBytes", keptBytes);
    modules = List.copyOf(modules);
    for (String module : modules) {
      if (!MODULE.matcher(module).matches()) {
        throw new InvalidSetting(
            "modules", "has '" + module + "'; expected a name, perhaps with *, or sha256:HEX");
      }
    }
  }

  /**
   * How long its guests may run, in nanoseconds, of which a second's worth may be saved up. Who ran
   * is charged afterwards, since nobody knows before how long a call will take; so time may be
   * owed, and then nothing of the tenant's runs until it is earned.
   */
  Rate guestTime() {
    long nanosPerSecond = guestMillisPerSecond * NANOS_PER_MILLI;
    return new Rate(guestMillisPerSecond, NANOS_PER_SECOND / NANOS_PER_MILLI, nanosPerSecond);
  }

  /**
   * Whether a module may be opened.
   *
   * @param reference {@code NAME}, {@code NAME@sha256:HEX} or {@code sha256:HEX}; the last isn't
   *     known by name, so only what allows the digest, or everything, allows it
   */
  public boolean allows(String reference) {
    String lower = reference.toLowerCase(Locale.ROOT);
    boolean isDigest = lower.startsWith(DIGEST);
    int at = reference.indexOf('@');
    String name = at < 0 ? reference : reference.substring(0, at);
    for (String allowed : modules) {
      if (allowed.equals("*")
          || (allowed.startsWith(DIGEST)
              ? lower.endsWith(allowed.toLowerCase(Locale.ROOT))
              : !isDigest && matches(allowed, name))) {
        return true;
      }
    }
    return false;
  }

  /** Greedy from the left; what the last {@code *} stands for is tried at every place. */
  private static boolean matches(String pattern, String name) {
    String[] parts = pattern.split("\\*", -1);
    if (parts.length == 1) {
      return pattern.equals(name);
    }
    String last = parts[parts.length - 1];
    int end = name.length() - last.length();
    if (!name.startsWith(parts[0]) || end < parts[0].length() || !name.endsWith(last)) {
      return false;
    }
    int at = parts[0].length();
    for (int i = 1; i < parts.length - 1; i++) {
      int found = name.indexOf(parts[i], at);
      if (found < 0 || found + parts[i].length() > end) {
        return false;
      }
      at = found + parts[i].length();
    }
    return true;
  }
}
