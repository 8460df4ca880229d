package dev.mooring.cli;

import dev.mooring.access.Tokens;
import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.error.ErrorText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mooring token}: a new token for a tenant. */
@Command(
    name = "token",
    header = "Make a bearer token for a tenant.",
    description = {
      "Prints the token, which is for the tenant alone, on stdout. The server's file of tokens gets a"
          + " line with its digest, which is of no use to whoever reads it: appended with --append,"
          + " or else shown on stderr.",
      "",
      "Examples:",
      "  mooring token alice --append tokens > alice.token",
      "  mooring serve --tokens tokens",
      "  mooring call --token-file alice.token --module counter add 5"
    })
final class TokenCommand implements Callable<Integer> {
  private static final Pattern TENANT = Pattern.compile("[A-Za-z0-9_.@-]{1,128}");

  private final Console console;

  @Parameters(index = "0", paramLabel = "TENANT", description = "Whose token it is.")
  private String tenant = "";

  @Option(
      names = "--append",
      paramLabel = "FILE",
      description = "The server's file of tokens; it notices by itself.")
  private @Nullable Path file;

  TokenCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (!TENANT.matcher(tenant).matches()) {
      throw CommandFailure.usage(
          "expected a tenant's name of letters, digits and _.@-, got '" + tenant + "'");
    }
    String token = Tokens.generate();
    String line = Tokens.line(tenant, token);
    if (file == null) {
      console.err().println("for the file of tokens: " + line);
    } else {
      append(file, line);
    }
    console.out().println(token);
    return ExitCode.OK;
  }

  private static void append(Path file, String line) {
    try {
      Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw CommandFailure.failed("can't write to " + file + ": " + ErrorText.of(e), e);
    }
  }
}
