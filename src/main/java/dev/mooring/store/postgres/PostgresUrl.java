package dev.mooring.store.postgres;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a database is, as its own programs write it: {@code
 * postgresql://USER@HOST:PORT,HOST:PORT/DATABASE?sslmode=verify-full}. Of several hosts the one
 * that may be written to is used. It has no password: that would be seen by whoever lists
 * processes.
 *
 * @param text as it was given
 * @param user null for the one whose process this is
 */
public record PostgresUrl(
    String text, @Nullable String user, String hosts, String database, String parameters) {
  private static final Pattern FORM =
      Pattern.compile("postgres(?:ql)?://(?:([^@/?]*)@)?([^/?@]+)/([^/?]+)(?:\\?(.*))?");

  private static final Set<String> KNOWN =
      new TreeSet<>(Set.of("sslmode", "sslrootcert", "sslcert", "sslkey", "application_name"));

  /** Whether a text is one, if perhaps with a fault. */
  public static boolean isOne(String text) {
    return text.startsWith("postgresql:") || text.startsWith("postgres:");
  }

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException if it is none, has a password, or a parameter that isn't known
   */
  public static PostgresUrl parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "expected postgresql://USER@HOST:PORT/DATABASE, got '" + withoutPassword(text) + "'");
    }
    String user = form.group(1) == null ? null : decoded(form.group(1));
    if (user != null && form.group(1).contains(":")) {
      throw new IllegalArgumentException(
          "'"
              + withoutPassword(text)
              + "' has a password in it, which others may see; expected it in a file"
              + " (password_file of [store]) or in MOORING_STORE_PASSWORD");
    }
    String parameters = form.group(4) == null ? "" : form.group(4);
    check(parameters);
    checkHosts(form.group(2));
    return new PostgresUrl(text, user, form.group(2), decoded(form.group(3)), parameters);
  }

  private static void check(String parameters) {
    if (parameters.isEmpty()) {
      return;
    }
    var seen = new TreeMap<String, String>();
    for (String parameter : parameters.split("&", -1)) {
      String name = parameter.split("=", 2)[0];
      if (!KNOWN.contains(name) || !parameter.contains("=")) {
        throw new IllegalArgumentException(
            "a database's URL has the parameter '"
                + parameter
                + "'; expected NAME=VALUE with a NAME of: "
                + String.join(", ", KNOWN));
      }
      if (seen.put(name, parameter) != null) {
        throw new IllegalArgumentException("a database's URL has " + name + " twice");
      }
    }
  }

  private static void checkHosts(String hosts) {
    for (String host : hosts.split(",", -1)) {
      try {
        URI uri = new URI("postgresql://" + host + "/");
        if (uri.getHost() == null || uri.getPort() > 0xFFFF || uri.getPort() == 0) {
          throw new URISyntaxException(host, "no host");
        }
      } catch (URISyntaxException e) {
        throw new IllegalArgumentException(
            "a database's URL has '" + host + "'; expected HOST or HOST:PORT", e);
      }
    }
  }

  private static String decoded(String part) {
    return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static String withoutPassword(String text) {
    return text.replaceFirst("://([^@/:]*):[^@/]*@", "://$1:…@");
  }

  /** For the driver. */
  String toJdbc() {
    String primary = "targetServerType=primary";
    return "jdbc:postgresql://%s/%s?%s"
        .formatted(
            hosts,
            URLEncoder.encode(database, StandardCharsets.UTF_8),
            parameters.isEmpty() ? primary : parameters + "&" + primary);
  }

  /** As it was given. */
  @Override
  public String toString() {
    return text;
  }
}
