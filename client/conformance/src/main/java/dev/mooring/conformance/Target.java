package dev.mooring.conformance;

import dev.mooring.client.Wire;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The server that is put to the test, and how to come in.
 *
 * @param wire what is spoken there
 * @param module the module of known behaviour; the checks need its functions
 * @param token who asks; empty if the server doesn't want to know
 * @param tls how to speak TLS; null for plain TCP
 * @param serverName what the server's certificate must be for
 * @param patience how long to wait for an answer
 */
public record Target(
    String host,
    int port,
    Wire wire,
    String module,
    String token,
    @Nullable SSLContext tls,
    String serverName,
    Duration patience) {
  /** The guest of the bundled modules that the checks are written for. */
  public static final String DEFAULT_MODULE = "conformance";

  /** How long to wait for an answer, if nobody says otherwise. */
  public static final Duration DEFAULT_PATIENCE = Duration.ofSeconds(10);

  /** A server without TLS that asks for no token. */
  public static Target of(String host, int port) {
    return new Target(host, port, Wire.MOORING, DEFAULT_MODULE, "", null, host, DEFAULT_PATIENCE);
  }

  /** By another wire. */
  public Target withWire(Wire changed) {
    return new Target(host, port, changed, module, token, tls, serverName, patience);
  }

  /** Whether each message is behind its length there, as Mooring's own protocol has it. */
  boolean isFramed() {
    return wire == Wire.MOORING;
  }

  public Target withModule(String changed) {
    return new Target(host, port, wire, changed, token, tls, serverName, patience);
  }

  public Target withToken(String changed) {
    return new Target(host, port, wire, module, changed, tls, serverName, patience);
  }

  /** Over TLS, with a certificate for this name. */
  public Target withTls(SSLContext changed, String changedName) {
    return new Target(host, port, wire, module, token, changed, changedName, patience);
  }

  public Target withPatience(Duration changed) {
    return new Target(host, port, wire, module, token, tls, serverName, changed);
  }
}
