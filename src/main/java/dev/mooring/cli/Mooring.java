package dev.mooring.cli;

import dev.mooring.cli.admin.AdminCommand;
import dev.mooring.cli.admin.TopCommand;
import dev.mooring.cli.client.CallCommand;
import dev.mooring.cli.client.ShellCommand;
import dev.mooring.cli.client.StreamCommand;
import dev.mooring.cli.load.LoadtestCommand;
import dev.mooring.cli.module.InspectCommand;
import dev.mooring.cli.module.JsCommand;
import dev.mooring.cli.module.ModulesCommand;
import dev.mooring.cli.module.ReplayCommand;
import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.Bytes;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.client.MooringException;
import dev.mooring.error.ErrorText;
import dev.mooring.release.Release;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code mooring}: the command that all others belong to, and what they share. */
@Command(
    name = "mooring",
    header = "Gives every connection its own stateful WebAssembly instance.",
    description = {
      "Examples:",
      "  mooring demo                                    a tour, in a few seconds",
      "  mooring serve                                   a server, with the bundled modules",
      "  mooring call --module counter add 5             one call",
      "  mooring shell --module kv                       a session, by hand",
      "  mooring help stream                             more about a command"
    },
    versionProvider = Mooring.Version.class)
public final class Mooring implements Runnable {
  private static final int HELP_COLUMNS = 100;

  private static final Map<String, String> EXIT_CODES =
      new TreeMap<>(
          Map.of(
              " 0", "all went well",
              " 1", "the call, or whatever was asked for, failed",
              " 2", "the command line makes no sense; nothing was done",
              " 3", "no Mooring server answers at the address",
              " 4", "there is no Java 25 or later to run on"));

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Log more, and show where errors come from; as MOORING_DEBUG=1 does.")
  private boolean verbose = isSet(System.getenv("MOORING_DEBUG"));

  /** The process's entry; ends it with the command's exit code. */
  public static void main(String[] arguments) {
    System.exit(commandLine(Console.ofProcess()).execute(arguments));
  }

  /** The command, on the process's streams or a test's. */
  static CommandLine commandLine(Console console) {
    var mooring = new Mooring();
    var line =
        new CommandLine(mooring)
            .addSubcommand(new ServeCommand(console))
            .addSubcommand(new CallCommand(console))
            .addSubcommand(new StreamCommand(console))
            .addSubcommand(new ShellCommand(console))
            .addSubcommand(new ModulesCommand(console, Distribution.modules()))
            .addSubcommand(new InspectCommand(console))
            .addSubcommand(new ReplayCommand(console))
            .addSubcommand(JsCommand.commandLine(console))
            .addSubcommand(LoadtestCommand.commandLine(console))
            .addSubcommand(new TopCommand(console))
            .addSubcommand(AdminCommand.commandLine(console))
            .addSubcommand(new TokenCommand(console))
            .addSubcommand(new StoreCommand(console))
            .addSubcommand(new ConformanceCommand(console))
            .addSubcommand(new AotCommand(console))
            .addSubcommand(new DemoCommand(console))
            .addSubcommand(new HelpCommand());
    Ansi ansi = console.outTerminal() && console.colours() ? Ansi.ON : Ansi.OFF;
    line.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8))
        // A word that begins with '@' is the guest's, or names its input.
        .setExpandAtFiles(false)
        .setUsageHelpWidth(HELP_COLUMNS)
        .setColorScheme(CommandLine.Help.defaultColorScheme(ansi))
        .setExecutionStrategy(mooring::run)
        .setParameterExceptionHandler((error, words) -> usageError(console, error))
        .setExecutionExceptionHandler((error, command, parsed) -> mooring.fail(console, error));
    describe(line);
    line.getCommandSpec()
        .addOption(
            OptionSpec.builder("-V", "--version")
                .versionHelp(true)
                .description("Show the version of Mooring, and which Java runs it.")
                .build());
    return line;
  }

  /** Without a command there is nothing to do. */
  @Override
  public void run() {
    if (spec != null) {
      throw new ParameterException(spec.commandLine(), "expected a command");
    }
  }

  /** The help of every command looks alike. */
  private static void describe(CommandLine line) {
    line.getCommandSpec()
        .usageMessage()
        .synopsisHeading("%nUsage: ")
        .descriptionHeading("%n")
        .parameterListHeading("%nParameters:%n")
        .optionListHeading("%nOptions:%n")
        .commandListHeading("%nCommands:%n")
        .exitCodeListHeading("%nExit codes:%n")
        .exitCodeList(EXIT_CODES)
        .abbreviateSynopsis(false)
        .sortOptions(false);
    if (!(line.getCommand() instanceof HelpCommand)) {
      line.getCommandSpec()
          .addOption(
              OptionSpec.builder("-h", "--help")
                  .usageHelp(true)
                  .description("Show this help.")
                  .build());
    }
    line.getSubcommands().values().forEach(Mooring::describe);
  }

  private int run(ParseResult parsed) {
    if (verbose) {
      // Read when the first logger is made, which is later than this.
      System.setProperty("MOORING_LOG_LEVEL", "debug");
    }
    return new RunLast().execute(parsed);
  }

  /** One line: what was wrong, what may have been meant, where to read on. */
  private static int usageError(Console console, ParameterException error) {
    CommandLine line = error.getCommandLine();
    List<String> unmatched = line.getUnmatchedArguments();
    // A word that nobody knows matters more than the one that is missing: it is often the same.
    ParameterException worst =
        unmatched.isEmpty() ? error : new UnmatchedArgumentException(line, unmatched);
    List<String> suggestions =
        worst instanceof UnmatchedArgumentException unknown ? unknown.getSuggestions() : List.of();
    String command = line.getCommandSpec().qualifiedName();
    String message =
        worst instanceof UnmatchedArgumentException unknown && !unknown.isUnknownOption()
            ? unexpected(line, unknown.getUnmatched().getFirst())
            : decapitalise(ErrorText.of(worst));
    String meant =
        suggestions.isEmpty() ? "" : "; did you mean " + String.join(" or ", suggestions) + "?";
    print(console, message + meant + " (see '" + command + " --help')");
    return ExitCode.USAGE;
  }

  private static String unexpected(CommandLine line, String word) {
    return line.getSubcommands().isEmpty()
        ? "nothing is expected where '" + word + "' is"
        : "there is no command '" + word + "'";
  }

  private int fail(Console console, Exception error) {
    int exitCode =
        switch (error) {
          case CommandFailure failure -> {
            print(console, failure.line());
            yield failure.exitCode();
          }
          case MooringException failure -> {
            print(console, String.valueOf(failure.getMessage()));
            yield ExitCode.FAILED;
          }
          default -> {
            print(
                console,
                "a defect of this program: " + ErrorText.of(error) + " (--verbose shows where)");
            yield ExitCode.FAILED;
          }
        };
    if (verbose) {
      error.printStackTrace(console.err());
    }
    return exitCode;
  }

  private static void print(Console console, String message) {
    console
        .err()
        .println(console.errInk(Console.Ink.RED, "mooring: ") + Bytes.toLine(message).strip());
  }

  private static String decapitalise(String sentence) {
    boolean isWord = sentence.length() > 1 && Character.isLowerCase(sentence.charAt(1));
    return isWord
        ? sentence.substring(0, 1).toLowerCase(Locale.ROOT) + sentence.substring(1)
        : sentence;
  }

  private static boolean isSet(@Nullable String value) {
    return value != null && !value.isEmpty();
  }

  /** What {@code --version} prints. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "mooring " + Release.version(),
        "Java " + Runtime.version() + " at " + System.getProperty("java.home")
      };
    }
  }
}
