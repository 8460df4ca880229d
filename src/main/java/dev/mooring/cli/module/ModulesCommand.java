package dev.mooring.cli.module;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.Bytes;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.guest.intake.IntakeLimits;
import dev.mooring.guest.intake.ModuleRejection;
import dev.mooring.guest.intake.ModuleSummary;
import dev.mooring.guest.intake.ModuleSummary.ExportedFunction;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mooring modules}: what a server with this folder offers. */
@Command(
    name = "modules",
    header = "List the modules of a folder.",
    description = {
      "For each module its name, size, digest and functions, or why a server would refuse it."
          + " Reads the folder; asks no server. Files that look like modules and are none are named on"
          + " stderr, with the reason.",
      "",
      "Examples:",
      "  mooring modules",
      "  mooring modules --modules /srv/mooring/modules"
    })
public final class ModulesCommand implements Callable<Integer> {
  private final Console console;
  private final Path ofDistribution;

  @Option(
      names = "--modules",
      paramLabel = "DIR",
      description = "The folder; by default that of the distribution.")
  private @Nullable Path folder;

  /**
   * @param ofDistribution the folder if none is named
   */
  public ModulesCommand(Console console, Path ofDistribution) {
    this.console = console;
    this.ofDistribution = ofDistribution;
  }

  @Override
  public Integer call() {
    Path from = folder == null ? ofDistribution : folder;
    ModuleFile.Folder found = ModuleFile.readAll(from, IntakeLimits.DEFAULTS);
    List<ModuleFile> modules = found.modules();
    int width = modules.stream().mapToInt(module -> module.name().length()).max().orElse(0);
    for (ModuleFile module : modules) {
      console.out().println(line(module, width));
    }
    found
        .others()
        .forEach(
            (file, wrong) -> console.err().println("mooring: " + Bytes.toLine(file + " " + wrong)));
    if (modules.isEmpty()) {
      console.err().println("mooring: no module in " + from);
    }
    return ExitCode.OK;
  }

  private String line(ModuleFile module, int width) {
    String name =
        console.outInk(
            Console.Ink.BOLD, ("%-" + Math.max(width, 1) + "s").formatted(module.name()));
    return name
        + "  %9s  %s  ".formatted(Bytes.toSize(module.bytes().length), module.digest())
        + Bytes.toLine(offer(module.verdict()));
  }

  private static String offer(ModuleFile.Verdict verdict) {
    return switch (verdict) {
      case ModuleFile.Verdict.LetIn(ModuleSummary summary) ->
          ModuleFile.callable(summary).stream()
              .map(ExportedFunction::name)
              .collect(Collectors.joining(" "));
      case ModuleFile.Verdict.Script() -> "a script; mooring inspect names its functions";
      case ModuleFile.Verdict.Refused(ModuleRejection rejection) ->
          "refused: " + rejection.getMessage();
    };
  }
}
