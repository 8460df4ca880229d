package dev.mooring.cli;

import dev.mooring.cli.text.CommandFailure;
import dev.mooring.server.ConfigException;
import dev.mooring.server.ServerConfig;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who may come in, as options of {@code serve}; each wins over the configuration. */
final class ServeSecurity {
  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description = "PEM: speak TLS with this certificate; those that vouch for it follow in it.")
  private @Nullable Path certificate;

  @Option(names = "--tls-key", paramLabel = "FILE", description = "PEM: its private key.")
  private @Nullable Path key;

  @Option(
      names = "--client-ca",
      paramLabel = "FILE",
      description =
          "PEM: clients must show a certificate that one of these vouches for; its subject is the"
              + " tenant.")
  private @Nullable Path clientCa;

  @Option(
      names = "--tokens",
      paramLabel = "FILE",
      description = "Clients must give a token of this file; `mooring token` makes its lines.")
  private @Nullable Path tokens;

  @Option(
      names = "--allow-unauthenticated",
      description =
          "Listen beyond loopback though there are neither tokens nor a --client-ca: everybody who"
              + " can reach the port may run every module.")
  private boolean allowUnauthenticated;

  /** Is told what was said. */
  interface Told {
    /**
     * A key has the value of an option.
     *
     * @param value null if the option isn't there
     */
    void told(String key, @Nullable Object value, String option);
  }

  /** Tells what the options say. */
  void tell(Told told) {
    told.told("tls.certificate", certificate, "--tls-cert");
    told.told("tls.key", key, "--tls-key");
    told.told("tls.client_ca", clientCa, "--client-ca");
    told.told("access.tokens", tokens, "--tokens");
    told.told(
        "access.allow_unauthenticated",
        allowUnauthenticated ? true : null,
        "--allow-unauthenticated");
  }

  /**
   * The configuration with what the options say.
   *
   * @throws CommandFailure if they don't go together
   */
  ServerConfig over(ServerConfig config) {
    try {
      ServerConfig changed = config.withTls(certificate, key, clientCa);
      changed = tokens == null ? changed : changed.withTokens(tokens);
      changed = allowUnauthenticated ? changed.withUnauthenticatedAllowed() : changed;
      String unsafe = changed.whyUnsafe();
      if (unsafe != null) {
        throw CommandFailure.usage(unsafe);
      }
      return changed;
    } catch (ConfigException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()));
    }
  }
}
