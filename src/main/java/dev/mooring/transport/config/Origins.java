package dev.mooring.transport.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whose pages may connect from browsers, which say where a page comes from whether it wants to or
 * not.
 *
 * @param allowed each as browsers write it, {@code https://app.example.com}, or {@value #ANY}; none
 *     allows the pages of the host that is connected to
 */
public record Origins(List<String> allowed) {
  /** Pages of the same host. */
  public static final Origins SAME_HOST = new Origins(List.of());

  /** All pages there are. */
  public static final String ANY = "*";

  private static final Set<String> SCHEMES = Set.of("http", "https");

  public Origins {
    allowed = List.copyOf(allowed);
    for (String origin : allowed) {
      if (!origin.equals(ANY) && !isOrigin(origin)) {
        throw new IllegalArgumentException(
            "'%s' is no origin; expected SCHEME://HOST or SCHEME://HOST:PORT, as in"
                    .formatted(origin)
                + " https://app.example.com, or *");
      }
      if (allowed.indexOf(origin) != allowed.lastIndexOf(origin)) {
        throw new IllegalArgumentException("'%s' is there twice".formatted(origin));
      }
    }
  }

  /** In lower case, and without the port that its scheme has anyway, as browsers write it. */
  private static boolean isOrigin(String text) {
    URI uri = parse(text);
    return uri != null
        && text.equals(uri.getScheme() + "://" + uri.getRawAuthority())
        && text.equals(text.toLowerCase(Locale.ROOT))
        && uri.getPort() != defaultPort(uri);
  }

  private static @Nullable URI parse(String origin) {
    try {
      URI uri = new URI(origin);
      boolean isWeb =
          uri.getScheme() != null
              && SCHEMES.contains(uri.getScheme())
              && uri.getHost() != null
              && uri.getUserInfo() == null;
      return isWeb ? uri : null;
    } catch (URISyntaxException e) {
      return null;
    }
  }

  private static int defaultPort(URI uri) {
    return "https".equals(uri.getScheme()) ? 443 : 80;
  }

  /**
   * Whether pages of an origin may connect.
   *
   * @param origin as the browser says it
   * @param host what it says it connects to, with a port unless that is its scheme's
   */
  public boolean allow(String origin, String host) {
    if (!allowed.isEmpty()) {
      return allowed.contains(ANY) || allowed.contains(origin);
    }
    URI from = parse(origin);
    return from != null
        && authority(from.getScheme(), from.getRawAuthority())
            .equals(authority(from.getScheme(), host));
  }

  private static String authority(@Nullable String scheme, String hostAndPort) {
    String lower = hostAndPort.toLowerCase(Locale.ROOT);
    String port = "https".equals(scheme) ? ":443" : ":80";
    return lower.endsWith(port) ? lower.substring(0, lower.length() - port.length()) : lower;
  }
}
