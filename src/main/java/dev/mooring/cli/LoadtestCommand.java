package dev.mooring.cli;

import dev.mooring.loadtest.LoadFailure;
import dev.mooring.loadtest.LoadPlan;
import dev.mooring.loadtest.LoadTest;
import dev.mooring.loadtest.Report;
import dev.mooring.loadtest.ReportText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code mooring loadtest}: a load on servers, and what they make of it. */
@Command(
    name = "loadtest",
    header = "Put a load on servers, and say what they make of it.",
    description = {
      "A closed loop (the default) keeps --pipeline calls unanswered on each connection, and finds"
          + " how much a server can do. An open loop (--rate) sends on time, whatever the server"
          + " does, and finds how long callers wait: latency counts from when a call should have"
          + " been sent. Where this client is the bottleneck, every report says so.",
      "",
      "Examples:",
      "  mooring loadtest                                      64 connections, 10 seconds, echo",
      "  mooring loadtest --connections 64 --pipeline 16 --server-pid $(pidof java)",
      "  mooring loadtest --rate 20000 --arrivals poisson --duration 1m --json run.json",
      "  mooring loadtest --rate 1000 --step x1.5              finds the knee",
      "  mooring loadtest --module kv --call '9:get a' --call '1:put a=b'",
      "  mooring loadtest --calls-per-connection 1             opens, calls, closes",
      "  mooring loadtest --expect 'p99<5ms,errors=0'          for CI: the exit code says",
      "  mooring loadtest compare before.json after.json"
    })
final class LoadtestCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private LoadOptions options = new LoadOptions();

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write everything that was measured; - is stdout, which then has no table.")
  private @Nullable Path json;

  LoadtestCommand(Console console) {
    this.console = console;
  }

  /** The command with its own command. */
  static CommandLine commandLine(Console console) {
    return new CommandLine(new LoadtestCommand(console));
  }

  @Override
  public Integer call() {
    try {
      LoadPlan plan = options.toPlan();
      Report report;
      try (var live = new LiveLine(console)) {
        report = new LoadTest(plan, live).run();
      }
      write(report);
      return ExitCode.OK;
    } catch (LoadFailure e) {
      throw failure(e);
    }
  }

  private void write(Report report) {
    boolean toStdout = json != null && json.toString().equals("-");
    if (toStdout) {
      console.out().print(report.toJson());
    } else {
      console.out().print(ReportText.of(report, new ConsolePaint(console)));
    }
    if (json != null && !toStdout) {
      write(json, report.toJson());
    }
  }

  static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw CommandFailure.failed("can't write " + file + ": " + e.getMessage(), e);
    }
  }

  static CommandFailure failure(LoadFailure e) {
    String message = String.valueOf(e.getMessage());
    return switch (e.kind()) {
      case USAGE -> CommandFailure.usage(message);
      case NO_SERVER -> CommandFailure.noServer(message, e);
      case REFUSED -> CommandFailure.failed(message, e);
    };
  }
}
