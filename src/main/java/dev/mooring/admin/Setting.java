package dev.mooring.admin;

/**
 * A value of the configuration.
 *
 * @param key as the file has it, with its table in front
 * @param value a text, a whole number, true or false, or a list of texts
 * @param source where it came from: {@value #DEFAULT}, the file and the place in it, the
 *     environment variable or the option
 */
public record Setting(String key, Object value, String source) {
  /** Of a value that nobody has said. */
  public static final String DEFAULT = "default";
}
