package dev.mooring.cli.admin;

import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.HostAndPort;
import dev.mooring.cli.text.Input;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;

/** Where the admin side is, and who asks. */
final class AdminOptions {
  private static final String VARIABLE = "MOORING_ADMIN_TOKEN";

  @Parameters(
      index = "0",
      paramLabel = "HOST:PORT",
      converter = HostAndPort.Converter.class,
      description = "The server's admin side, as `mooring serve --admin HOST:PORT` opens it.")
  private HostAndPort address = new HostAndPort("127.0.0.1", 7071);

  @Option(
      names = "--token-file",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      description =
          "The operator's token, on the file's first line. Also the token itself in"
              + " MOORING_ADMIN_TOKEN.")
  private @Nullable Path tokenFile;

  /**
   * What asks there.
   *
   * @throws CommandFailure if the token can't be read
   */
  AdminClient newClient() {
    return new AdminClient(address, token());
  }

  private @Nullable String token() {
    if (tokenFile == null) {
      return System.getenv(VARIABLE);
    }
    String token = Input.text(tokenFile, "a token").lines().findFirst().orElse("").strip();
    if (token.isEmpty()) {
      throw CommandFailure.usage("there is no token on the first line of " + tokenFile);
    }
    return token;
  }
}
