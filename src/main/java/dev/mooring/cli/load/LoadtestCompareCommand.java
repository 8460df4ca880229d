package dev.mooring.cli.load;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.cli.text.Input;
import dev.mooring.cli.text.OutputFile;
import dev.mooring.loadtest.Comparison;
import dev.mooring.loadtest.LoadFailure;
import dev.mooring.loadtest.Report;
import dev.mooring.loadtest.ReportHtml;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mooring loadtest compare}: two runs beside each other. */
@Command(
    name = "compare",
    header = "Print, and draw, what changed from one run to another.",
    description = {
      "Both are files that --json wrote.",
      "",
      "Examples:",
      "  mooring loadtest compare before.json after.json",
      "  mooring loadtest compare before.json after.json --html change.html"
    })
final class LoadtestCompareCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(index = "0", paramLabel = "A", description = "The run that changes are counted from.")
  private Path a = Path.of("");

  @Parameters(index = "1", paramLabel = "B", description = "The other run.")
  private Path b = Path.of("");

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Draw both: one page that needs no network.")
  private @Nullable Path html;

  LoadtestCompareCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    try {
      OutputFile.check("--html", html);
      Report first = read(a);
      Report second = read(b);
      String nameA = name(a);
      String nameB = name(b);
      console.out().print(Comparison.of(nameA, first, nameB, second, new ConsolePaint(console)));
      if (html != null) {
        LoadtestCommand.write(html, ReportHtml.of(nameA, first, nameB, second));
      }
      return ExitCode.OK;
    } catch (LoadFailure e) {
      throw LoadtestCommand.failure(e);
    }
  }

  private static Report read(Path file) {
    return Report.parse(file.toString(), Input.text(file, "JSON"));
  }

  /** The file's name without what all such files end with. */
  private static String name(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.endsWith(".json") ? name.substring(0, name.length() - 5) : name;
  }
}
