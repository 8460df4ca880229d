package dev.mooring.cli.module;

import dev.mooring.capsule.Capsule;
import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.Bytes;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.cli.text.Json;
import dev.mooring.error.ErrorText;
import dev.mooring.guest.CallReplay;
import dev.mooring.guest.ModuleRefused;
import dev.mooring.guest.call.CallOutcome;
import dev.mooring.guest.call.FunctionTracer;
import dev.mooring.state.StateException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mooring replay}: makes a call again that failed, from its capsule. */
@Command(
    name = "replay",
    header = "Make a call again that failed, from its capsule, and show where it traps.",
    description = {
      "A server writes capsules to the folder that [capsules] in its configuration names: of one in so"
          + " many traps, or when an operator asks (`mooring admin HOST:PORT capsule ID`). A capsule"
          + " has all that the call needs: the module, the state of its session before it, its input,"
          + " and what it saw of clocks and random numbers. Needs no server. Exits with 0 if every call"
          + " ends as it did then, else with 1.",
      "",
      "A call that ran out of time or stack does so again, but perhaps in another function.",
      "",
      "Examples:",
      "  mooring replay 20261201T061407.310Z-kv-3f6c0e8a91b2d475-1.capsule",
      "  mooring replay --step crash.capsule | less",
      "  mooring replay --json *.capsule | jq .outcome"
    })
public final class ReplayCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "Capsules.")
  private List<Path> files = List.of();

  @Option(
      names = "--step",
      description =
          "Show each function that is entered and left, with what it is given and gives; on a"
              + " terminal, one at a time.")
  private boolean step;

  @Option(names = "--json", description = "Print a JSON object for each, for other programs.")
  private boolean json;

  public ReplayCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (step && json) {
      throw CommandFailure.usage("--step and --json exclude each other");
    }
    boolean areSame = true;
    for (Path file : files) {
      areSame &= replay(file);
    }
    return areSame ? ExitCode.OK : ExitCode.FAILED;
  }

  /** Whether a call ends as it did. */
  private boolean replay(Path file) throws InterruptedException {
    Capsule capsule = read(file);
    try (CallReplay replay = CallReplay.of(capsule.call(), capsule.state(), capsule.modules())) {
      var text = new FunctionText(replay.names());
      var backtrace = new Backtrace();
      var facts = new ReplayFacts(file, capsule, replay.function(), text);
      if (!json) {
        print(facts.before());
      }
      FunctionTracer tracer = step ? both(backtrace, new Steps(console, text)) : backtrace;
      CallOutcome outcome = replay.run(tracer, (level, line) -> tell(level.name(), line));
      if (json) {
        console.out().println(Json.print(facts.toObject(outcome, backtrace)));
      } else {
        print(facts.after(outcome, backtrace));
      }
      return outcome.equals(capsule.call().outcome());
    } catch (ModuleRefused e) {
      throw CommandFailure.failed(file + ": its module " + e.getMessage(), e);
    } catch (StateException e) {
      throw CommandFailure.failed(file + ": " + e.getMessage(), e);
    }
  }

  private static Capsule read(Path file) {
    try {
      return Capsule.read(file);
    } catch (IOException e) {
      throw CommandFailure.usage(file + ": " + ErrorText.of(e));
    }
  }

  private static FunctionTracer both(FunctionTracer first, FunctionTracer second) {
    return new FunctionTracer() {
      @Override
      public void entered(int function, String types, long[] arguments) {
        first.entered(function, types, arguments);
        second.entered(function, types, arguments);
      }

      @Override
      public void left(int function, String types, long @Nullable [] results) {
        first.left(function, types, results);
        second.left(function, types, results);
      }
    };
  }

  private void tell(String level, String line) {
    console.err().println("the guest logs (" + level + "): " + Bytes.toLine(line));
  }

  private void print(List<String> lines) {
    lines.forEach(console.out()::println);
  }
}
