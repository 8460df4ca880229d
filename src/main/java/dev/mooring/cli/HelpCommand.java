package dev.mooring.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code mooring help}: the help of any command, and of those that belong to others. */
@Command(
    name = "help",
    header = "Show the help of a command.",
    description = {
      "Examples:",
      "  mooring help",
      "  mooring help stream",
      "  mooring help loadtest compare"
    })
final class HelpCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(paramLabel = "COMMAND", arity = "0..*", description = "Which; all in short if none.")
  private List<String> words = new ArrayList<>();

  @Override
  public void run() {
    if (spec == null) {
      return;
    }
    CommandLine command = spec.root().commandLine();
    for (String word : words) {
      CommandLine inner = command.getSubcommands().get(word);
      if (inner == null) {
        throw new UnmatchedArgumentException(command, List.of(word));
      }
      command = inner;
    }
    command.usage(spec.root().commandLine().getOut());
  }
}
