package dev.mooring.server;

import dev.mooring.admin.Setting;
import dev.mooring.setting.InvalidSetting;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;
import org.tomlj.TomlTable;

/**
 * The keys of a configuration file, or of one table of it, and the environment variables that win
 * over them. Every key that is asked for is known from then on; those that nobody asked for are
 * refused in the end.
 */
final class ConfigKeys {
  private static final Pattern ADDRESS =
      Pattern.compile("(?:\\[(?<v6>[^\\]]+)\\]|(?<host>[^:]+)):(?<port>\\d{1,5})");
  private static final int MAX_PORT = 65_535;

  /** Where a value may have another name in the sources than its key's. */
  private static final Map<String, String> NAMES = Map.of("max_bytes", "moduleBytes");

  private final Path file;
  private final TomlTable toml;
  private final ConfigVariables variables;
  private final List<String> table;
  private final Set<String> known;
  private final List<Setting> settings;
  private final List<List<String>> asked = new ArrayList<>();

  /** What is made of keys. */
  @FunctionalInterface
  interface Made<T> {
    T make() throws ConfigException;
  }

  /** Those of a whole file. */
  ConfigKeys(Path file, TomlTable toml, ConfigVariables variables) {
    this(file, toml, variables, List.of(), new TreeSet<>(), new ArrayList<>());
  }

  private ConfigKeys(
      Path file,
      TomlTable toml,
      ConfigVariables variables,
      List<String> table,
      Set<String> known,
      List<Setting> settings) {
    this.file = file;
    this.toml = toml;
    this.variables = variables;
    this.table = table;
    this.known = known;
    this.settings = settings;
  }

  /** Those of a table in this one, whether or not it is there. */
  ConfigKeys table(String name) {
    return new ConfigKeys(file, toml, variables, path(name), known, settings);
  }

  /**
   * Those of each of the tables that stand under one name, {@code [[name]]}; none if a text does,
   * or nothing. No environment variables stand for their keys, and who asks for them refuses those
   * that are unknown.
   */
  List<ConfigKeys> tablesOf(String name) throws ConfigException {
    var tables = new ArrayList<ConfigKeys>();
    if (find(name) instanceof TomlArray array) {
      for (Object each : array.toList()) {
        if (!(each instanceof TomlTable inner)) {
          throw wrong(name, each, "\"HOST:PORT\", or tables, each [[" + name + "]]");
        }
        tables.add(new ConfigKeys(file, inner, new ConfigVariables(Map.of())));
      }
      if (tables.isEmpty()) {
        throw wrong(name, "empty", "at least one");
      }
    }
    return tables;
  }

  /** Whether anything is said for a key. */
  boolean has(String key) {
    return find(key) != null;
  }

  /** The names of the tables in this one. */
  Set<String> tables() throws ConfigException {
    Object here = toml.get(table);
    if (here != null && !(here instanceof TomlTable)) {
      throw wrong(table, here, "a table");
    }
    var names = new TreeSet<String>();
    if (here instanceof TomlTable tables) {
      for (String name : tables.keySet()) {
        Object inner = tables.get(List.of(name));
        if (!(inner instanceof TomlTable)) {
          throw wrong(path(name), String.valueOf(inner), "a table, [" + dotted(path(name)) + "]");
        }
        names.add(name);
      }
    }
    return names;
  }

  private List<String> path(String key) {
    var path = new ArrayList<>(table);
    path.add(key);
    return List.copyOf(path);
  }

  private static String dotted(List<String> path) {
    return String.join(".", path);
  }

  int integer(String key, int otherwise) throws ConfigException {
    long value = integer(key, (long) otherwise);
    if (value != (int) value) {
      throw wrong(key, value, "an integer of at most " + Integer.MAX_VALUE);
    }
    return (int) value;
  }

  int atLeast(int least, String key, int otherwise) throws ConfigException {
    int value = integer(key, otherwise);
    if (value < least) {
      throw wrong(key, value, "an integer of at least " + least);
    }
    return value;
  }

  long integer(String key, long otherwise) throws ConfigException {
    long found =
        switch (find(key)) {
          case null -> otherwise;
          case Long value when value >= 0 -> value;
          case Object other -> throw wrong(key, other, "an integer of at least 0");
        };
    return noted(key, found);
  }

  /**
   * Makes something of this table's keys. If it can't be made, what is said of it is said by the
   * keys' names, and where one of them is.
   */
  <T> T make(Made<T> made) throws ConfigException {
    try {
      return made.make();
    } catch (InvalidSetting e) {
      List<List<String>> named =
          e.settings().stream().flatMap(setting -> asked(setting).stream()).toList();
      throw located(
          named, e.message(setting -> asked(setting).map(ConfigKeys::dotted).orElse(setting)));
    }
  }

  /** Makes something of one key. If it can't be made, the key is named with the reason. */
  <T> T make(String key, Made<T> made) throws ConfigException {
    try {
      return made.make();
    } catch (IllegalArgumentException e) {
      throw located(List.of(path(key)), dotted(path(key)) + ": " + e.getMessage());
    }
  }

  /** The key that was asked for a setting. */
  private Optional<List<String>> asked(String setting) {
    return asked.stream().filter(path -> stands(path.getLast(), setting)).findFirst();
  }

  /** What is wrong, and where the first of these keys is that is anywhere. */
  private ConfigException located(List<List<String>> paths, String text) {
    for (List<String> path : paths) {
      if (variables.has(path)) {
        return new ConfigException(
            "the environment variable " + ConfigVariables.name(path) + ": " + text);
      }
      if (toml.contains(path)) {
        return new ConfigException(file + ", " + toml.inputPositionOf(path) + ": " + text);
      }
    }
    return new ConfigException(file + ": " + text);
  }

  private static boolean stands(String key, String setting) {
    return setting.equals(NAMES.get(key)) || setting.equals(nameInSources(key));
  }

  /** {@code call_timeout_ms} is {@code callTimeoutMillis} there. */
  private static String nameInSources(String key) {
    var name = new StringBuilder();
    for (String part : key.split("_", -1)) {
      String word = part.equals("ms") ? "millis" : part;
      name.append(
          name.isEmpty() || word.isEmpty()
              ? word
              : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
    }
    return name.toString();
  }

  /** Refuses a key that would do nothing here, though elsewhere it means something. */
  void refuse(String key, String why) throws ConfigException {
    if (toml.contains(path(key))) {
      throw new ConfigException(
          file
              + ", "
              + toml.inputPositionOf(path(key))
              + ": there is no key '"
              + dotted(path(key))
              + "': "
              + why);
    }
  }

  /**
   * Refuses a key whose value is above another that is looked at first, and so would do nothing.
   */
  void refuseAbove(String key, int most, String whatIsMost) throws ConfigException {
    int value = integer(key, most);
    if (value > most) {
      throw wrong(key, value, "at most " + most + ", " + whatIsMost);
    }
  }

  /** A name of an enum's constant, in lower case. */
  <E extends Enum<E>> E choice(String key, Class<E> type, E otherwise) throws ConfigException {
    return choice(
        key,
        List.of(type.getEnumConstants()),
        constant -> constant.name().toLowerCase(Locale.ROOT),
        otherwise);
  }

  /** One of a few, by the name that operators have for it. */
  <E> E choice(String key, List<E> among, Function<E, String> name, E otherwise)
      throws ConfigException {
    Object value = find(key);
    if (value == null) {
      noted(key, name.apply(otherwise));
      return otherwise;
    }
    for (E one : among) {
      if (value.equals(name.apply(one))) {
        noted(key, value);
        return one;
      }
    }
    throw wrong(
        key,
        value,
        among.stream().map(one -> '"' + name.apply(one) + '"').collect(Collectors.joining(" or ")));
  }

  boolean flag(String key, boolean otherwise) throws ConfigException {
    boolean found =
        switch (find(key)) {
          case null -> otherwise;
          case Boolean value -> value;
          case Object other -> throw wrong(key, other, "true or false");
        };
    return noted(key, found);
  }

  String text(String key, String otherwise) throws ConfigException {
    String found =
        switch (find(key)) {
          case null -> otherwise;
          case String text -> text;
          case Object other -> throw wrong(key, other, "a text in quotes");
        };
    return noted(key, found);
  }

  /** Where something listens that speaks HTTP. */
  @Nullable URI url(String key, @Nullable URI otherwise) throws ConfigException {
    if (find(key) == null) {
      noted(key, otherwise == null ? "" : otherwise);
      return otherwise;
    }
    String text = text(key, "");
    try {
      var url = new URI(text);
      boolean isHttp = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
      if (isHttp && url.getHost() != null && url.getQuery() == null && url.getFragment() == null) {
        return url;
      }
    } catch (URISyntaxException e) {
      // Said below.
    }
    throw wrong(key, text, "\"http://HOST:PORT\" or \"https://HOST:PORT\"");
  }

  List<String> texts(String key, List<String> otherwise) throws ConfigException {
    Object value = find(key);
    if (value == null) {
      return noted(key, otherwise);
    }
    var texts = new ArrayList<String>();
    if (value instanceof TomlArray array) {
      for (Object each : array.toList()) {
        if (each instanceof String text) {
          texts.add(text);
        }
      }
      if (texts.size() == array.size()) {
        return noted(key, List.copyOf(texts));
      }
    }
    throw wrong(
        key, value instanceof TomlArray a ? a.toList() : value, "texts, as in [\"a\", \"b\"]");
  }

  /** What only the environment may say, and nobody is shown; null if it doesn't. */
  @Nullable String secret(String key, String elsewhere) throws ConfigException {
    Object value = find(key);
    if (value != null && !variables.has(path(key))) {
      throw new ConfigException(
          "%s, %s: %s is a secret; expected it in %s, or in the environment variable %s"
              .formatted(
                  file,
                  toml.inputPositionOf(path(key)),
                  dotted(path(key)),
                  elsewhere,
                  ConfigVariables.name(path(key))));
    }
    return value == null ? null : value.toString();
  }

  /** A path that needn't be there at all. */
  @Nullable Path optionalPath(String key, Path file, @Nullable Path otherwise)
      throws ConfigException {
    if (find(key) != null) {
      return path(key, file, file);
    }
    noted(key, otherwise == null ? "" : otherwise);
    return otherwise;
  }

  Path path(String key, Path file, Path otherwise) throws ConfigException {
    Path found =
        switch (find(key)) {
          case null -> otherwise;
          case String text when variables.has(path(key)) ->
              Path.of(text).toAbsolutePath().normalize();
          case String text -> file.toAbsolutePath().resolveSibling(text).normalize();
          case Object other -> throw wrong(key, other, "a path in quotes");
        };
    return noted(key, found);
  }

  SocketAddress address(String key, SocketAddress otherwise) throws ConfigException {
    return noted(key, has(key) ? address(key) : otherwise);
  }

  /** An address that must be there. */
  InetSocketAddress address(String key) throws ConfigException {
    Object value = find(key);
    if (value == null) {
      throw new ConfigException(
          "%s, %s: there is no '%s' in this table"
              .formatted(file, toml.inputPositionOf(table), key));
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

  /** What was asked for so far, and where each value came from. */
  List<Setting> settings() {
    return List.copyOf(settings);
  }

  /** Notes what a key's value is. */
  private <T> T noted(String key, T value) {
    List<String> path = path(key);
    String source = Setting.DEFAULT;
    if (variables.has(path)) {
      source = "environment variable " + ConfigVariables.name(path);
    } else if (toml.contains(path)) {
      source = file + ", " + toml.inputPositionOf(path);
    }
    boolean isPlain = value instanceof Long || value instanceof Boolean || value instanceof List<?>;
    settings.add(new Setting(dotted(path), isPlain ? value : String.valueOf(value), source));
    return value;
  }

  private @Nullable Object find(String key) {
    known.add(dotted(path(key)));
    asked.add(path(key));
    Object variable = variables.find(path(key));
    return variable != null ? variable : toml.get(path(key));
  }

  /** Refuses a key that was not asked for, and names the nearest that was. */
  void refuseUnknown() throws ConfigException {
    for (List<String> path : toml.keyPathSet()) {
      String key = dotted(path);
      if (!known.contains(key)) {
        throw new ConfigException(
            file
                + ", "
                + toml.inputPositionOf(path)
                + ": there is no key '"
                + key
                + "'; did you mean '"
                + Nearest.to(key, known)
                + "'?");
      }
    }
    variables.refuseUnknown(known);
  }

  private ConfigException wrong(String key, Object value, String expected) {
    return wrong(path(key), value, expected);
  }

  private ConfigException wrong(List<String> path, Object value, String expected) {
    String where =
        variables.has(path)
            ? "the environment variable " + ConfigVariables.name(path)
            : file + ", " + toml.inputPositionOf(path) + ": " + dotted(path);
    return new ConfigException(where + " is " + value + "; expected " + expected);
  }
}
