package dev.mooring.cli.load;

import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.Durations;
import dev.mooring.loadtest.CallSpec;
import dev.mooring.loadtest.Load;
import dev.mooring.loadtest.LoadFailure;
import dev.mooring.loadtest.LoadPlan;
import dev.mooring.loadtest.PayloadSpec;
import dev.mooring.loadtest.Schedule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What load to make, and how: the options that make a plan. */
final class LoadOptions {
  /** Enough that a connection of an open loop isn't held back before the server's own queue is. */
  private static final int OPEN_LOOP_PIPELINE = 1024;

  @Mixin private TargetOptions target = new TargetOptions();

  @Option(
      names = "--call",
      paramLabel = "CALL",
      description =
          "What to call: [WEIGHT:]FUNCTION, then words for its parameters, then its input; may be"
              + " repeated. 'echo' by default.")
  private List<String> calls = new ArrayList<>();

  @Option(
      names = "--payload",
      paramLabel = "BYTES",
      defaultValue = "64",
      description =
          "Random bytes as the input of calls that have none of their own: a length (64, 4KiB), a"
              + " range (64..4KiB), lengths with weights (64=90,64KiB=10); or @FILE, or @FOLDER for"
              + " all files in it, in turn. ${DEFAULT-VALUE} by default.")
  private String payload = "64";

  @Option(
      names = "--connections",
      paramLabel = "N",
      defaultValue = "64",
      description = "How many are open at a time; ${DEFAULT-VALUE} by default.")
  private int connections;

  @Option(
      names = "--pipeline",
      paramLabel = "N",
      description =
          "How many calls a connection may have unanswered; 1 by default, "
              + OPEN_LOOP_PIPELINE
              + " with --rate.")
  private @Nullable Integer pipeline;

  @Option(
      names = "--rate",
      paramLabel = "R",
      description = "An open loop: so many calls per second, over all connections.")
  private @Nullable Double rate;

  @Option(
      names = "--arrivals",
      paramLabel = "HOW",
      defaultValue = "constant",
      description =
          "When an open loop's calls come: constant (evenly, the default) or poisson (at random).")
  private String arrivals = "constant";

  @Option(
      names = {"-d", "--duration"},
      paramLabel = "TIME",
      converter = Durations.Converter.class,
      description = "How long to measure; 10s by default.")
  private @Nullable Duration duration;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "How many calls to measure, however long that takes.")
  private @Nullable Long count;

  @Option(
      names = "--warm-up",
      paramLabel = "TIME",
      defaultValue = "2s",
      converter = LoadTimes.class,
      description = "How long to load without measuring; ${DEFAULT-VALUE} by default, 0 for not.")
  private Duration warmUp = Duration.ZERO;

  @Option(
      names = "--ramp",
      paramLabel = "TIME",
      defaultValue = "0",
      converter = LoadTimes.class,
      description =
          "Before that: opens the connections over this time, and raises the rate; by default all"
              + " at once.")
  private Duration ramp = Duration.ZERO;

  @Option(
      names = "--calls-per-connection",
      paramLabel = "N",
      description = "After so many calls a connection is closed and another opened.")
  private @Nullable Integer callsPerConnection;

  @Option(
      names = "--traced",
      paramLabel = "N",
      description =
          "One call in N is part of a trace that is sampled, for servers that export traces; none"
              + " by default.")
  private @Nullable Integer traced;

  @Option(
      names = "--event-loops",
      paramLabel = "N",
      defaultValue = "1",
      description = "Threads that send and receive; ${DEFAULT-VALUE} by default.")
  private int eventLoops;

  @Option(
      names = "--connecting",
      paramLabel = "N",
      defaultValue = "256",
      description = "How many connections may be in the making; ${DEFAULT-VALUE} by default.")
  private int connecting;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "10s",
      converter = Durations.Converter.class,
      description = "How long a call may go unanswered; ${DEFAULT-VALUE} by default.")
  private Duration timeout = Duration.ZERO;

  @Option(
      names = "--connect-timeout",
      paramLabel = "TIME",
      defaultValue = "5s",
      converter = Durations.Converter.class,
      description = "How long connecting may take; ${DEFAULT-VALUE} by default.")
  private Duration connectTimeout = Duration.ZERO;

  @Option(
      names = "--open-timeout",
      paramLabel = "TIME",
      defaultValue = "30s",
      converter = Durations.Converter.class,
      description =
          "How long the server may take to open a session, and so to compile its module;"
              + " ${DEFAULT-VALUE} by default.")
  private Duration openTimeout = Duration.ZERO;

  @Option(
      names = "--backlog",
      paramLabel = "N",
      defaultValue = "1000000",
      description =
          "How many calls of an open loop may wait in this client; more fail. ${DEFAULT-VALUE} by"
              + " default.")
  private int backlog;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Of everything random: with the same seed, each event loop makes the same calls in the"
              + " same order.")
  private long seed;

  @Option(
      names = "--server-pid",
      paramLabel = "PID",
      split = ",",
      description =
          "The server's process on this machine, whose CPU and memory are measured too; several"
              + " with commas.")
  private List<Long> serverPids = new ArrayList<>();

  /**
   * The plan that was asked for.
   *
   * @throws LoadFailure if it makes no sense
   */
  LoadPlan toPlan() {
    if (duration != null && count != null) {
      throw CommandFailure.usage("--duration and --count exclude each other, expected one of them");
    }
    if (count != null && count < 1) {
      throw CommandFailure.usage("--count is %d, expected at least 1".formatted(count));
    }
    if (callsPerConnection != null && callsPerConnection < 1) {
      throw CommandFailure.usage(
          "--calls-per-connection is %d, expected at least 1".formatted(callsPerConnection));
    }
    if (traced != null && traced < 1) {
      throw CommandFailure.usage("--traced is %d, expected at least 1".formatted(traced));
    }
    return new LoadPlan(
        target.toTarget(),
        load(),
        new Schedule(
            ramp,
            warmUp,
            duration == null ? Duration.ofSeconds(10) : duration,
            count == null ? 0 : count,
            connectTimeout,
            openTimeout,
            timeout),
        connections,
        eventLoops,
        connecting,
        callsPerConnection == null ? 0 : callsPerConnection,
        traced == null ? 0 : traced,
        (calls.isEmpty() ? List.of("echo") : calls).stream().map(CallSpec::parse).toList(),
        PayloadSpec.parse(payload),
        seed,
        backlog,
        serverPids);
  }

  private Load load() {
    boolean poisson =
        switch (arrivals) {
          case "constant" -> false;
          case "poisson" -> true;
          default ->
              throw CommandFailure.usage(
                  "--arrivals is '%s', expected constant or poisson".formatted(arrivals));
        };
    if (rate == null) {
      if (poisson) {
        throw CommandFailure.usage("--arrivals is for an open loop, expected --rate with it");
      }
      return new Load.ClosedLoop(pipeline == null ? 1 : pipeline);
    }
    return new Load.OpenLoop(rate, poisson, pipeline == null ? OPEN_LOOP_PIPELINE : pipeline);
  }
}
