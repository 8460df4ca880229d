package dev.mooring.server;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlParseResult;

/**
 * A configuration file's keys. Every key that is asked for is known from then on; those that nobody
 * asked for are refused in the end.
 */
final class ConfigKeys {
  private static final Pattern ADDRESS =
      Pattern.compile("(?:\\[(?<v6>[^\\]]+)\\]|(?<host>[^:]+)):(?<port>\\d{1,5})");
  private static final int MAX_PORT = 65_535;

  private final Path file;
  private final TomlParseResult toml;
  private final Set<String> known = new TreeSet<>();

  ConfigKeys(Path file, TomlParseResult toml) {
    this.file = file;
    this.toml = toml;
  }

  int integer(String key, int otherwise) throws ConfigException {
    long value = integer(key, (long) otherwise);
    if (value != (int) value) {
      throw wrong(key, value, "an integer of at most " + Integer.MAX_VALUE);
    }
    return (int) value;
  }

  long integer(String key, long otherwise) throws ConfigException {
    return switch (find(key)) {
      case null -> otherwise;
      case Long value when value >= 0 -> value;
      case Object other -> throw wrong(key, other, "an integer of at least 0");
    };
  }

  /** A name of an enum's constant, in lower case. */
  <E extends Enum<E>> E choice(String key, Class<E> type, E otherwise) throws ConfigException {
    Object value = find(key);
    if (value == null) {
      return otherwise;
    }
    for (E constant : type.getEnumConstants()) {
      if (value.equals(constant.name().toLowerCase(Locale.ROOT))) {
        return constant;
      }
    }
    throw wrong(
        key,
        value,
        Arrays.stream(type.getEnumConstants())
            .map(constant -> '"' + constant.name().toLowerCase(Locale.ROOT) + '"')
            .collect(Collectors.joining(" or ")));
  }

  Path path(String key, Path file, Path otherwise) throws ConfigException {
    return switch (find(key)) {
      case null -> otherwise;
      case String text -> file.toAbsolutePath().resolveSibling(text).normalize();
      case Object other -> throw wrong(key, other, "a path in quotes");
    };
  }

  SocketAddress address(String key, SocketAddress otherwise) throws ConfigException {
    Object value = find(key);
    if (value == null) {
      return otherwise;
    }
    Matcher matcher = ADDRESS.matcher(String.valueOf(value));
    if (!(value instanceof String) || !matcher.matches()) {
      throw wrong(key, value, "\"HOST:PORT\" or \"[IPv6]:PORT\"");
    }
    int port = Integer.parseInt(matcher.group("port"));
    if (port > MAX_PORT) {
      throw wrong(key, value, "a port of at most " + MAX_PORT);
    }
    String host = matcher.group("v6") == null ? matcher.group("host") : matcher.group("v6");
    try {
      return new InetSocketAddress(InetAddress.getAllByName(host)[0], port);
    } catch (UnknownHostException e) {
      throw wrong(key, value, "a host that can be found");
    }
  }

  private @Nullable Object find(String key) {
    known.add(key);
    return toml.get(key);
  }

  /** Refuses a key that was not asked for, and names the nearest that was. */
  void refuseUnknown() throws ConfigException {
    for (String key : toml.dottedKeySet()) {
      if (!known.contains(key)) {
        throw new ConfigException(
            file
                + ", "
                + toml.inputPositionOf(key)
                + ": there is no key '"
                + key
                + "'; did you mean '"
                + nearest(key)
                + "'?");
      }
    }
  }

  private String nearest(String key) {
    return known.stream()
        .min(Comparator.comparingInt(candidate -> distance(key, candidate)))
        .orElseThrow();
  }

  /** How many characters must be put in, left out or changed to make one text of the other. */
  private static int distance(String one, String other) {
    int[] previous = new int[other.length() + 1];
    for (int j = 0; j <= other.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      int[] current = new int[other.length() + 1];
      current[0] = i;
      for (int j = 1; j <= other.length(); j++) {
        int change = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
        current[j] = Math.min(previous[j - 1] + change, Math.min(previous[j], current[j - 1]) + 1);
      }
      previous = current;
    }
    return previous[other.length()];
  }

  private ConfigException wrong(String key, Object value, String expected) {
    return new ConfigException(
        file
            + ", "
            + toml.inputPositionOf(key)
            + ": "
            + key
            + " is "
            + value
            + "; expected "
            + expected);
  }
}
