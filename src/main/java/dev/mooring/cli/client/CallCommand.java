package dev.mooring.cli.client;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.cli.text.Input;
import dev.mooring.cli.text.Values;
import dev.mooring.client.CallRequest;
import dev.mooring.client.ExportedFunction;
import dev.mooring.client.MooringSession;
import dev.mooring.client.Value;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mooring call}: one session, one call. */
@Command(
    name = "call",
    preprocessor = SignedWords.class,
    header = "Open a session, call one function, print its answer.",
    description = {
      "The session ends with the command, so its state is gone, unless --session names it.",
      "What the function returns is printed on stdout, a line for each value; then what it wrote,"
          + " byte for byte. Events go to stderr.",
      "",
      "Examples:",
      "  mooring call --module counter add 5",
      "  mooring call --module counter --session visits add 1",
      "  mooring call --module echo echo --input 'good morning'",
      "  mooring call --module counter sample -inf"
    })
public final class CallCommand implements Callable<Integer> {
  /** Far above the longest frame that any operator allows; the server's own limit says the rest. */
  private static final int INPUT_LIMIT_BYTES = 1 << 28;

  private final Console console;

  @Mixin private SessionOptions options = new SessionOptions();

  @Parameters(index = "0", paramLabel = "FUNCTION", description = "An exported function.")
  private String function = "";

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "ARGS",
      description =
          "Its parameters, as its signature wants them: integers in decimal or 0x…, floats also as"
              + " inf, nan or nan:0x… with a payload. One that its type doesn't have is refused.")
  private List<String> arguments = new ArrayList<>();

  @ArgGroup private @Nullable InputOptions input;

  /** Two ways to say what the guest may read; at most one of them. */
  static final class InputOptions {
    @Option(
        names = {"-i", "--input"},
        paramLabel = "-|FILE|TEXT",
        description =
            "Bytes for the guest to read: - is stdin; @FILE is a file; the name of a file that"
                + " exists is that file too; anything else is the text itself.")
    @Nullable String source;

    @Option(
        names = "--input-text",
        paramLabel = "TEXT",
        description = "The text itself, whatever files there are.")
    @Nullable String text;
  }

  public CallCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    // Read first: a session shouldn't wait for someone to finish typing.
    byte[] bytes = readInput();
    var listener = new EventPrinter(console);
    try (var client = options.newClient();
        MooringSession session =
            options.open(client, options.toOpenOptions().withListener(listener));
        var _ = options.leaving(session)) {
      ExportedFunction export = Remote.function(session, function);
      boolean isInput = input == null && export.parameters().isEmpty();
      CallRequest request =
          isInput
              ? CallRequest.of(function)
                  .withInput(String.join(" ", arguments).getBytes(StandardCharsets.UTF_8))
              : CallRequest.of(function).withArguments(parse(export)).withInput(bytes);
      Answer.print(Remote.await(session.call(request)), console);
      return ExitCode.OK;
    }
  }

  private List<Value> parse(ExportedFunction export) {
    try {
      return Values.parse(export, arguments);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()));
    }
  }

  private byte[] readInput() {
    if (input == null) {
      return new byte[0];
    }
    if (input.source != null) {
      return Input.read(input.source, console.in(), INPUT_LIMIT_BYTES);
    }
    return String.valueOf(input.text).getBytes(StandardCharsets.UTF_8);
  }
}
