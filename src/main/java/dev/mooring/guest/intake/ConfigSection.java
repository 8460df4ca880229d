package dev.mooring.guest.intake;

import dev.mooring.guest.intake.ModuleRejection.Reason;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The custom section {@code mooring.config}: the config keys that a module knows, one per line, as
 * {@code key} or {@code key: description}. Blank lines are skipped, and a NUL ends a line as well,
 * since C string literals bring one. A linker joins such sections of several object files, so a key
 * may come twice; the first description given is kept.
 */
final class ConfigSection {
  static final String NAME = "mooring.config";

  private static final Pattern LINE_END = Pattern.compile("[\n\r\0]");

  private ConfigSection() {}

  /** Adds the keys of one section to those of earlier ones. */
  static void parse(String text, int offset, Map<String, String> keys) {
    for (String line : LINE_END.split(text, -1)) {
      if (line.isBlank()) {
        continue;
      }
      int colon = line.indexOf(':');
      String key = (colon < 0 ? line : line.substring(0, colon)).strip();
      String description = colon < 0 ? "" : line.substring(colon + 1).strip();
      if (key.isEmpty() || !key.chars().allMatch(c -> c > ' ' && c != 0x7F)) {
        throw new ModuleRejection(
            Reason.BAD_CONFIG_SECTION,
            offset,
            "declares the config key '"
                + key
                + "', which is empty or has spaces; expected lines like"
                + " 'key' or 'key: description'");
      }
      keys.merge(key, description, (before, now) -> before.isEmpty() ? now : before);
    }
  }
}
