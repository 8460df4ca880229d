package dev.mooring.cli.client;

import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.Input;
import dev.mooring.client.ClientTls;
import dev.mooring.client.MooringClient;
import dev.mooring.client.TlsOptions;
import io.netty.handler.ssl.JdkSslContext;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * How a client command speaks to a server that wants TLS, or to know who asks. What the environment
 * says holds where no option does.
 */
public final class ClientSecurity {
  @Option(
      names = "--tls",
      description =
          "Speak TLS; implied by --ca and --cert. Also MOORING_TLS=1. Trusts whom the Java runtime"
              + " trusts, unless --ca is given.")
  private boolean tls;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "PEM: trust servers whose certificates these vouch for. Also MOORING_CA.")
  private @Nullable Path ca;

  @Option(
      names = "--cert",
      paramLabel = "FILE",
      description = "PEM: the certificate to show to the server. Also MOORING_CERT.")
  private @Nullable Path certificate;

  @Option(
      names = "--key",
      paramLabel = "FILE",
      description = "PEM: its private key, PKCS#8. Also MOORING_KEY.")
  private @Nullable Path key;

  @Option(
      names = "--server-name",
      paramLabel = "NAME",
      description = "What the server's certificate is for, if not for the host of --server.")
  private @Nullable String serverName;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "The bearer token to open sessions with, on the file's first line. Also"
              + " MOORING_TOKEN_FILE, or the token itself in MOORING_TOKEN.")
  private @Nullable Path tokenFile;

  /**
   * A client that speaks as was asked for.
   *
   * @throws CommandFailure if a file can't be used
   */
  MooringClient newClient() {
    TlsOptions options = tlsOptions();
    try {
      return options == null
          ? MooringClient.create()
          : MooringClient.builder().tls(options).build();
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()));
    }
  }

  /**
   * How to speak TLS, or null for not.
   *
   * @throws CommandFailure if the options contradict each other, or a file isn't text
   */
  public @Nullable TlsOptions tlsOptions() {
    Path trust = orElse(ca, "MOORING_CA");
    Path own = orElse(certificate, "MOORING_CERT");
    Path ownKey = orElse(key, "MOORING_KEY");
    if ((own == null) != (ownKey == null)) {
      throw CommandFailure.usage("--cert and --key go together; one of them is missing");
    }
    if (!tls && System.getenv("MOORING_TLS") == null && trust == null && own == null) {
      return null;
    }
    requireText(trust);
    requireText(own);
    requireText(ownKey);
    return new TlsOptions(trust, own, ownKey, serverName, true);
  }

  /** Says where a file isn't text, which whoever looks for PEM in it wouldn't. */
  private static void requireText(@Nullable Path file) {
    if (file != null && Files.isReadable(file)) {
      var _ = Input.text(file, "PEM");
    }
  }

  /**
   * The JDK's own TLS, for a command that speaks over sockets of its own; null for none.
   *
   * @param isAskedFor whether the server's address says that it is spoken
   * @throws CommandFailure if a file can't be used
   */
  public @Nullable SSLContext sslContext(boolean isAskedFor) {
    TlsOptions given = tlsOptions();
    if (given == null && !isAskedFor) {
      return null;
    }
    TlsOptions options = given == null ? TlsOptions.SYSTEM : given;
    try {
      return ((JdkSslContext) ClientTls.contextBuilder(options).build()).context();
    } catch (SSLException | IllegalArgumentException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()));
    }
  }

  /** What the server's certificate is for, if this host was named. */
  public String serverName(String host) {
    return serverName == null ? host : serverName;
  }

  private static @Nullable Path orElse(@Nullable Path option, String variable) {
    String value = System.getenv(variable);
    return option == null && value != null ? Path.of(value) : option;
  }

  /**
   * The token to open sessions with, or null.
   *
   * @throws CommandFailure if its file can't be read
   */
  public @Nullable String token() {
    Path file = orElse(tokenFile, "MOORING_TOKEN_FILE");
    if (file == null) {
      return System.getenv("MOORING_TOKEN");
    }
    String token = Input.text(file, "a token").lines().findFirst().orElse("").strip();
    if (token.isEmpty()) {
      throw CommandFailure.usage("there is no token on the first line of " + file);
    }
    return token;
  }
}
