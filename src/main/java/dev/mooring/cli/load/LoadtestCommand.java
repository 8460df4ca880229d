package dev.mooring.cli.load;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.Durations;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.cli.text.OutputFile;
import dev.mooring.error.ErrorText;
import dev.mooring.loadtest.Expectation;
import dev.mooring.loadtest.HistogramLog;
import dev.mooring.loadtest.LoadFailure;
import dev.mooring.loadtest.LoadPlan;
import dev.mooring.loadtest.LoadTest;
import dev.mooring.loadtest.Report;
import dev.mooring.loadtest.ReportHtml;
import dev.mooring.loadtest.ReportText;
import dev.mooring.loadtest.Step;
import dev.mooring.loadtest.StepSearch;
import dev.mooring.loadtest.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jline.utils.Signals;
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
      "  mooring loadtest --rate 20000 --arrivals poisson --duration 1m --html run.html",
      "  mooring loadtest --rate 1000 --step x1.5              finds the knee",
      "  mooring loadtest --module kv --call '9:get a' --call '1:put a=b'",
      "  mooring loadtest --calls-per-connection 1             opens, calls, closes",
      "  mooring loadtest --connections 1000 --durability disk every call on the server's disk",
      "  mooring loadtest --expect 'p99<5ms,errors=0'          for CI: the exit code says",
      "  mooring loadtest compare before.json after.json"
    })
public final class LoadtestCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private LoadOptions options = new LoadOptions();

  @Option(
      names = "--step",
      paramLabel = "+N|xF",
      description =
          "With --rate: one test after the other, each at a higher rate, until one isn't held: less"
              + " than 95 %% of it is answered as it comes, or 1 %% fails, or p99 is above"
              + " --knee-p99.")
  private @Nullable String step;

  @Option(
      names = "--knee-p99",
      paramLabel = "TIME",
      defaultValue = "100ms",
      converter = Durations.Converter.class,
      description = "The 99th percentile at which --step ends; ${DEFAULT-VALUE} by default.")
  private Duration kneeP99 = Duration.ZERO;

  @Option(
      names = "--expect",
      paramLabel = "WHAT",
      description =
          "What must be so, or the exit code is 1: 'p99<5ms,errors=0,throughput>=10000'. Figures:"
              + " mean p50 p75 p90 p99 p99.9 p99.99 max errors throughput cpu_per_call rss, and every"
              + " path of the JSON.")
  private @Nullable String expect;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write everything that was measured; - is stdout, which then has no table.")
  private @Nullable Path json;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Draw it: one page that needs no network.")
  private @Nullable Path html;

  @Option(
      names = "--hlog",
      paramLabel = "FILE",
      description = "Write each second's latencies in HdrHistogram's log format.")
  private @Nullable Path hlog;

  LoadtestCommand(Console console) {
    this.console = console;
  }

  /** The command with its own command. */
  public static CommandLine commandLine(Console console) {
    return new CommandLine(new LoadtestCommand(console))
        .addSubcommand(new LoadtestCompareCommand(console));
  }

  @Override
  public Integer call() {
    try {
      // All that can be wrong with the words is found before the first connection.
      List<Expectation> expectations = expect == null ? List.of() : Expectation.parse(expect);
      LoadPlan plan = options.toPlan();
      OutputFile.check("--json", isStdout(json) ? null : json);
      OutputFile.check("--html", html);
      OutputFile.check("--hlog", hlog);
      Report report = measure(plan);
      if (!expectations.isEmpty()) {
        report = Expectation.judge(report, expectations);
      }
      write(report);
      return judge(report, expectations);
    } catch (LoadFailure e) {
      throw failure(e);
    }
  }

  private Report measure(LoadPlan plan) {
    try (HistogramLog log = hlog == null ? null : new HistogramLog(hlog);
        var live = new LiveLine(console)) {
      if (step == null) {
        var test = new LoadTest(plan, live, log);
        onInterrupt(test::stopEarly);
        return test.run();
      }
      var search = new StepSearch(plan, Step.parse(step, kneeP99), live, log);
      onInterrupt(search::stopEarly);
      return search.run();
    }
  }

  /** The first Ctrl-C ends the measurement, and what there is is reported; the next ends all. */
  private static void onInterrupt(Runnable stopEarly) {
    Signals.register(
        "INT",
        () -> {
          stopEarly.run();
          Signals.registerDefault("INT");
        });
  }

  private void write(Report report) {
    boolean toStdout = isStdout(json);
    if (toStdout) {
      console.out().print(report.toJson());
      if (report.isSaturated()) {
        console.err().println("mooring: this client was saturated; see client.reasons in the JSON");
      }
    } else {
      console.out().print(ReportText.of(report, new ConsolePaint(console)));
    }
    if (json != null && !toStdout) {
      write(json, report.toJson());
    }
    if (html != null) {
      write(html, ReportHtml.of(report));
    }
  }

  private static boolean isStdout(@Nullable Path file) {
    return file != null && file.toString().equals("-");
  }

  /** The exit code, and on stderr a line for each reason why it isn't 0. */
  int judge(Report report, List<Expectation> expectations) {
    int exitCode = ExitCode.OK;
    String failure = Verdict.failure(report);
    if (!failure.isEmpty()) {
      complain(failure);
      exitCode = ExitCode.FAILED;
    }
    String interruption = Verdict.interruption(report);
    if (!interruption.isEmpty()) {
      complain(interruption);
      // Who expects something expects it of the whole run; who only looks has seen enough.
      exitCode = expectations.isEmpty() ? exitCode : ExitCode.FAILED;
    }
    for (Expectation expectation : expectations) {
      Expectation.Outcome outcome = expectation.judge(report);
      if (!outcome.met()) {
        complain("not met: " + outcome);
        exitCode = ExitCode.FAILED;
      }
    }
    return exitCode;
  }

  private void complain(String line) {
    console.err().println(console.errInk(Console.Ink.RED, "mooring: ") + line);
  }

  static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw CommandFailure.failed("can't write " + file + ": " + ErrorText.of(e), e);
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
