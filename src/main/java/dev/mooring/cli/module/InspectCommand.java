package dev.mooring.cli.module;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.Bytes;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.cli.text.Json;
import dev.mooring.guest.intake.IntakeLimits;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mooring inspect}: what a module is, and whether a server would take it. */
@Command(
    name = "inspect",
    header = "Say what a module is, and whether a server would let it in.",
    description = {
      "Examines, compiles and initialises the file as a server with default limits does; needs no"
          + " server.",
      "",
      "Examples:",
      "  mooring inspect modules/counter.wasm",
      "  mooring inspect hello.js",
      "  mooring inspect --json guest.wasm | jq '.exports[].name'"
    })
public final class InspectCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      paramLabel = "FILE",
      description = "The module: NAME.wasm, NAME.js, or a folder that has an index.js.")
  private Path file = Path.of("");

  @Option(names = "--json", description = "Print one JSON object, for other programs.")
  private boolean json;

  public InspectCommand(Console console) {
    this.console = console;
  }

  /** Refusal is an answer, not an error of the command: but scripts want to see it. */
  @Override
  public Integer call() throws InterruptedException {
    ModuleFile module = ModuleFile.read(file, IntakeLimits.DEFAULTS);
    Trial trial =
        module.verdict() instanceof ModuleFile.Verdict.Refused ? null : Trial.of(module.bytes());
    if (json) {
      console.out().println(Json.print(ModuleFacts.toObject(module, trial)));
    } else {
      ModuleFacts.toText(module, trial).forEach(this::print);
    }
    return trial instanceof Trial.Compiled ? ExitCode.OK : ExitCode.FAILED;
  }

  private void print(String label, List<String> lines) {
    String inked = console.outInk(Console.Ink.BOLD, "%-10s".formatted(label));
    for (String line : lines) {
      console.out().println(inked + Bytes.toLine(line));
      inked = " ".repeat(10);
    }
  }
}
