package dev.mooring.admin;

import dev.mooring.access.TokenHolders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Whether a request may be looked at: whose page it comes from, and whose token it shows.
 *
 * <p>Thread-safe.
 */
final class RequestGuard {
  private static final String BEARER = "Bearer ";

  /** Who asks where nobody needs a token. */
  private static final String SOMEBODY = "somebody";

  private final List<String> hosts;
  private final @Nullable TokenHolders tokens;

  /**
   * @param file of tokens; null if none are needed
   * @throws IOException if it can't be read
   */
  RequestGuard(List<String> hosts, @Nullable Path file) throws IOException {
    this.hosts = hosts;
    this.tokens = file == null ? null : new TokenHolders(file);
  }

  /** Reads the tokens again; what can't be used changes nothing, and the log says why. */
  void reload() {
    if (tokens != null) {
      tokens.reload();
    }
  }

  /**
   * Looks from where a request comes: a page of somebody else's must not steer a server that only
   * its user can reach, nor by a name of its own that leads here.
   *
   * @throws Problem if it may not be looked at
   */
  void checkOrigin(HttpHeaders headers) throws Problem {
    List<String> named = headers.getAll(HttpHeaderNames.HOST);
    if (named.size() != 1) {
      throw Problem.badRequest("the request has " + named.size() + " Host headers; expected one");
    }
    String authority = named.getFirst();
    if (!isOurs(authority)) {
      throw new Problem(
          HttpResponseStatus.FORBIDDEN,
          "this server isn't known by the name in Host; expected an address, localhost, or one of"
              + " hosts under [admin]");
    }
    for (String origin : headers.getAll(HttpHeaderNames.ORIGIN)) {
      if (!isSame(origin, authority)) {
        throw new Problem(
            HttpResponseStatus.FORBIDDEN, "pages of this Origin may not ask anything here");
      }
    }
  }

  private boolean isOurs(String authority) {
    String host = host(authority);
    return host.equals("localhost")
        || NetUtil.isValidIpV4Address(host)
        || NetUtil.isValidIpV6Address(host)
        || hosts.contains(host);
  }

  /** Without the port. */
  private static String host(String authority) {
    String host = authority.strip().toLowerCase(Locale.ROOT);
    int end = host.startsWith("[") ? host.indexOf(']') : -1;
    if (end > 0) {
      return host.substring(1, end);
    }
    int colon = host.lastIndexOf(':');
    return colon < 0 ? host : host.substring(0, colon);
  }

  private static boolean isSame(String origin, String authority) {
    try {
      String from = new URI(origin).getRawAuthority();
      return from != null && from.equalsIgnoreCase(authority.strip());
    } catch (URISyntaxException e) {
      return false;
    }
  }

  /**
   * Who asks.
   *
   * @throws Problem if they show no token, or none that is known
   */
  String identify(HttpHeaders headers) throws Problem {
    if (tokens == null) {
      return SOMEBODY;
    }
    String shown = headers.get(HttpHeaderNames.AUTHORIZATION);
    if (shown == null) {
      throw unauthorized("a token is needed: Authorization: Bearer TOKEN");
    }
    String who =
        shown.startsWith(BEARER) ? tokens.holderOf(shown.substring(BEARER.length()).strip()) : null;
    if (who == null) {
      throw unauthorized("this token isn't known");
    }
    return who;
  }

  private static Problem unauthorized(String message) {
    return new Problem(HttpResponseStatus.UNAUTHORIZED, message);
  }
}
