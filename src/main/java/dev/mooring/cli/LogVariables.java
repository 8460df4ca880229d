package dev.mooring.cli;

import dev.mooring.cli.text.CommandFailure;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The environment variables that conf/logback.xml goes by. What they can't say there would be
 * passed over in silence.
 */
final class LogVariables {
  private static final List<String> FORMATS = List.of("TEXT", "JSON");
  private static final List<String> LEVELS =
      List.of("trace", "debug", "info", "warn", "error", "off");

  private LogVariables() {}

  /**
   * @throws CommandFailure if one of them says what isn't understood
   */
  static void check(Map<String, String> environment) {
    String format = environment.getOrDefault("MOORING_LOG_FORMAT", "TEXT");
    if (!FORMATS.contains(format)) {
      throw wrong("MOORING_LOG_FORMAT", format, FORMATS);
    }
    String level = environment.getOrDefault("MOORING_LOG_LEVEL", "info");
    if (!LEVELS.contains(level.toLowerCase(Locale.ROOT))) {
      throw wrong("MOORING_LOG_LEVEL", level, LEVELS);
    }
  }

  private static CommandFailure wrong(String variable, String value, List<String> expected) {
    return CommandFailure.usage(
        "the environment variable %s is '%s', expected one of %s"
            .formatted(variable, value, String.join(", ", expected)));
  }
}
