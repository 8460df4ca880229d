package dev.mooring.session;

import dev.mooring.guest.GuestModule;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What an {@code Open} must be like. */
final class OpenValidator {
  /** How many keys a message lists for someone who gave one that isn't known. */
  private static final int LISTED_KEYS = 50;

  private OpenValidator() {}

  /** What is wrong with it before its module is known, or null. */
  static @Nullable Problem check(OpenRequest open, SessionLimits limits, KeptSessions kept) {
    if (open.protocolVersion() != Conversation.PROTOCOL_VERSION) {
      return new Problem(
          ErrorCode.UNSUPPORTED_VERSION,
          "the client speaks protocol version "
              + Integer.toUnsignedString(open.protocolVersion())
              + "; this server speaks version "
              + Conversation.PROTOCOL_VERSION);
    }
    Problem keeping = KeepValidator.check(open, limits.keep(), kept);
    if (keeping != null) {
      return keeping;
    }
    if (open.module().isEmpty() && !open.resumesByToken()) {
      return new Problem(
          ErrorCode.MODULE_NOT_FOUND,
          "Open names no module; expected NAME, NAME@sha256:HEX or sha256:HEX");
    }
    return checkConfig(open.config(), limits);
  }

  private static @Nullable Problem checkConfig(Map<String, String> config, SessionLimits limits) {
    if (config.size() > limits.configEntries()) {
      return invalidConfig(
          config.size() + " keys, but there may be at most " + limits.configEntries());
    }
    long bytes = 0;
    for (var entry : config.entrySet()) {
      if (entry.getKey().isEmpty() || entry.getKey().indexOf('\0') >= 0) {
        return invalidConfig("a key that is empty or holds a NUL");
      }
      bytes += entry.getKey().getBytes(StandardCharsets.UTF_8).length;
      bytes += entry.getValue().getBytes(StandardCharsets.UTF_8).length;
    }
    return bytes <= limits.configBytes()
        ? null
        : invalidConfig(bytes + " bytes, but there may be at most " + limits.configBytes());
  }

  private static Problem invalidConfig(String what) {
    return new Problem(ErrorCode.INVALID_CONFIG, "the configuration has " + what);
  }

  /**
   * What its module says against it, or null.
   *
   * @param limits those of the module's sessions
   */
  static @Nullable Problem check(OpenRequest open, GuestModule module, SessionLimits limits) {
    Problem problem = checkConfig(open.config(), limits);
    Map<String, String> known = module.configKeys();
    if (problem != null || known == null) {
      return problem;
    }
    for (String key : open.config().keySet()) {
      if (!known.containsKey(key)) {
        return new Problem(
            ErrorCode.UNKNOWN_CONFIG_KEY,
            "module "
                + Quote.of(open.module())
                + " has no configuration key '"
                + Quote.of(key)
                + "'; it knows "
                + listed(known.keySet()));
      }
    }
    return null;
  }

  private static String listed(Set<String> keys) {
    if (keys.isEmpty()) {
      return "none";
    }
    String listed =
        keys.stream().limit(LISTED_KEYS).map(Quote::of).collect(Collectors.joining(", "));
    return keys.size() > LISTED_KEYS ? listed + ", …" : listed;
  }
}
