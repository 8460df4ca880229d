package dev.mooring.module;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a client calls a module: by name, by digest, or by both. At least one is there.
 *
 * @param digest {@code sha256:} and 64 lower-case hexadecimal digits
 */
record Reference(@Nullable String name, @Nullable String digest) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");

  /** What a name may be, in words. */
  static final String NAME_RULE =
      "an ASCII letter, a digit or _, then up to 127 of these, '.' and '-'";

  private static final Pattern NAME_CHAR = Pattern.compile("[A-Za-z0-9_.-]");
  private static final int MAX_NAME_CHARS = 128;
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-fA-F]{64}");

  /** Reads {@code NAME}, {@code NAME@DIGEST} or {@code DIGEST}; null if it is none of them. */
  static @Nullable Reference parse(String text) {
    if (DIGEST.matcher(text).matches()) {
      return new Reference(null, text.toLowerCase(Locale.ROOT));
    }
    int at = text.indexOf('@');
    String name = at < 0 ? text : text.substring(0, at);
    String digest = at < 0 ? null : text.substring(at + 1);
    if (!isName(name) || (digest != null && !DIGEST.matcher(digest).matches())) {
      return null;
    }
    return new Reference(name, digest == null ? null : digest.toLowerCase(Locale.ROOT));
  }

  /** Whether a module may be called so. A name is a file's name too: it can't leave a directory. */
  static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /** What keeps a module from being called so; null if nothing does. */
  static @Nullable String whyNoName(String name) {
    if (isName(name)) {
      return null;
    }
    if (name.length() > MAX_NAME_CHARS) {
      return "its name has " + name.length() + " characters";
    }
    return name.codePoints()
        .mapToObj(Character::toString)
        .filter(each -> !NAME_CHAR.matcher(each).matches())
        .findFirst()
        .map(each -> "in its name is '" + each + "'")
        .orElse("its name begins with '" + name.charAt(0) + "'");
  }

  @Override
  public String toString() {
    if (name == null) {
      return String.valueOf(digest);
    }
    return digest == null ? name : name + "@" + digest;
  }
}
