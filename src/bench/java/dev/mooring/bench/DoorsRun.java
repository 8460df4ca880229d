package dev.mooring.bench;

import dev.mooring.bench.PeerResults.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The verb {@code doors}: what a call costs at each of Mooring's doors, beside an echo that runs no
 * guest and speaks the same; what a session weighs there, and what garbage a call makes.
 *
 * <p>Each server is a process of its own, and so is the load generator. In a round every server is
 * started anew, its answers are checked, and it gets its loads right after its echo.
 */
final class DoorsRun {
  private static final Placement PLACEMENT = Placement.APART;
  private static final List<PeerCase> LOADS = List.of(PeerCase.PIPELINED, PeerCase.UNPIPELINED);
  private static final int GARBAGE_CALLS = 1_000_000;

  /** What was found at one of them. */
  private static final class Found {
    final Door door;
    final Rival echo;
    final PeerResults loads = new PeerResults();
    final Samples cpuAgainstTcp = new Samples();
    final Samples throughputAgainstTcp = new Samples();
    final Samples sessionBytes = new Samples();

    Found(Door door, Rival echo) {
      this.door = door;
      this.echo = echo;
    }

    /** Compares what it and the other were found to do in one round. */
    void compare(LoadReport own, LoadReport tcp) {
      add(cpuAgainstTcp, Metric.CPU.of(own), Metric.CPU.of(tcp));
      add(throughputAgainstTcp, Metric.THROUGHPUT.of(own), Metric.THROUGHPUT.of(tcp));
    }

    private static void add(Samples ratios, OptionalDouble own, OptionalDouble other) {
      if (own.isPresent() && other.isPresent()) {
        ratios.add(own.getAsDouble() / other.getAsDouble());
      }
    }
  }

  private final Found tcp = new Found(Door.TCP, Rival.NETTY_ECHO);
  private final Found webSocket = new Found(Door.WEBSOCKET, Rival.WEBSOCKET_ECHO);
  private final Found grpc = new Found(Door.GRPC, Rival.GRPC_ECHO);
  private final List<Found> doors = List.of(tcp, webSocket, grpc);
  private final Setting setting;
  private final Plan plan;
  private final Progress progress;
  private final Samples webSocketGarbage = new Samples();
  private final Samples echoGarbage = new Samples();
  private final Set<String> absences = new LinkedHashSet<>();

  private DoorsRun(Setting setting, Plan plan) {
    this.setting = setting;
    this.plan = plan;
    this.progress = new Progress(setting.terminal());
  }

  /**
   * How much is done.
   *
   * @param firstWarmUp of a server's first load, in seconds
   * @param warmUp of its others
   * @param seconds of each measurement
   * @param sessions whose memory is looked at
   */
  private record Plan(int rounds, int firstWarmUp, int warmUp, int seconds, int sessions) {
    static final Plan QUICK = new Plan(3, 5, 1, 3, 2_000);
    static final Plan FULL = new Plan(9, 6, 2, 4, 5_000);
  }

  /** The argument may be {@code --quick}. */
  public static void main(String[] args) throws Exception {
    String options = String.join(" ", args);
    Setting setting = Setting.ofProcess();
    var run = new DoorsRun(setting, options.equals("--quick") ? Plan.QUICK : Plan.FULL);
    var report = new Report(setting, "doors");
    try {
      run.measure();
    } catch (Wrong e) {
      System.err.println("doors: " + e.getMessage());
      System.exit(1);
    }
    run.tabulate(report);
    run.note(report);
    run.figures(report);
    report.publish(options);
  }

  private void measure() throws Exception {
    int steps = doors.size() * (2 * LOADS.size() + 1) + 2;
    progress.start("doors under load", (long) plan.rounds * steps);
    for (int round = 0; round < plan.rounds; round++) {
      LoadReport byTcp = null;
      for (Found found : doors) {
        LoadReport own = sideBySide(found, round);
        if (found == tcp) {
          byTcp = own;
        } else if (own != null && byTcp != null) {
          found.compare(own, byTcp);
        }
      }
      for (Found found : doors) {
        weigh(found);
        progress.step();
      }
      collect(Rival.MOORING, Garbage.MOORING_LOOPS, webSocketGarbage);
      collect(Rival.WEBSOCKET_ECHO, Garbage.PEER_LOOPS, echoGarbage);
    }
    progress.end();
  }

  /**
   * Loads Mooring and the echo; every other round the echo goes first.
   *
   * @return what was found of Mooring under the first load; null if it failed
   */
  private @Nullable LoadReport sideBySide(Found found, int round)
      throws IOException, InterruptedException {
    try (ServerProcess mooring = start(Rival.MOORING, found.door);
        ServerProcess echo = start(found.echo, found.door)) {
      LoadReport first = null;
      for (int i = 0; i < LOADS.size(); i++) {
        if (round % 2 == 1) {
          load(echo, found, found.echo, i);
        }
        LoadReport own = load(mooring, found, Rival.MOORING, i);
        if (round % 2 == 0) {
          load(echo, found, found.echo, i);
        }
        first = i == 0 ? own : first;
      }
      return first;
    }
  }

  private ServerProcess start(Rival rival, Door door) throws IOException, InterruptedException {
    return PeerServers.start(setting, PLACEMENT, rival, door);
  }

  private @Nullable LoadReport load(ServerProcess server, Found found, Rival rival, int number)
      throws InterruptedException {
    PeerCase load = LOADS.get(number);
    int warmUp = number == 0 ? plan.firstWarmUp : plan.warmUp;
    var options = new ArrayList<>(load.options());
    options.addAll(List.of("--warm-up", warmUp + "s", "--duration", plan.seconds + "s"));
    progress.step();
    try {
      LoadReport report = LoadReport.of(setting, server, found.door, PLACEMENT, options);
      found.loads.add(load, rival, report);
      if (!report.errors().isEmpty()) {
        absences.add(rival.label() + " had errors, too: " + report.errors());
      }
      return report;
    } catch (IOException e) {
      found.loads.addNothing(load, rival);
      absences.add(found.door.label() + ", " + rival.label() + ": " + e.getMessage());
      return null;
    }
  }

  private void weigh(Found found) throws Exception {
    try (ServerProcess server = start(Rival.MOORING, found.door)) {
      found.sessionBytes.add(SessionWeight.bytes(server, found.door, plan.sessions));
    } catch (IOException e) {
      absences.add("memory, " + found.door.label() + ": " + e.getMessage());
    }
  }

  private void collect(Rival rival, String threads, Samples samples) throws Exception {
    try (ServerProcess server = start(rival, Door.WEBSOCKET)) {
      samples.add(
          Garbage.bytesPerCall(
              server, Door.WEBSOCKET, threads, plan.firstWarmUp * 100_000L, GARBAGE_CALLS));
    } catch (IOException e) {
      absences.add("garbage, " + rival.label() + ": " + e.getMessage());
    }
    progress.step();
  }

  private void tabulate(Report report) {
    var memory = new Table(List.of("a session that was called once", "bytes of live heap"));
    for (Found found : doors) {
      report.table(found.loads.table());
      memory.add(List.of(found.door.label(), Report.median(found.sessionBytes)));
    }
    report.table(memory);
  }

  private void figures(Report report) {
    for (Found found : doors) {
      against(found, report, PeerCase.PIPELINED, "_p16");
      against(found, report, PeerCase.UNPIPELINED, "_p1");
    }
    for (Found found : List.of(webSocket, grpc)) {
      report.figure(found.door.label() + "_vs_tcp_p16", found.throughputAgainstTcp);
      report.figure(found.door.label() + "_cpu_vs_tcp_p16", found.cpuAgainstTcp);
    }
    report.figure("tcp_session_bytes", tcp.sessionBytes);
    report.figure("websocket_session_bytes", webSocket.sessionBytes);
    report.figure("grpc_stream_bytes", grpc.sessionBytes);
    report.figure("websocket_garbage_bytes", webSocketGarbage);
    report.figure("websocket_echo_garbage_bytes", echoGarbage);
    report.figure(
        "websocket_garbage_less_echo_bytes",
        webSocketGarbage.isEmpty() || echoGarbage.isEmpty()
            ? OptionalDouble.empty()
            : OptionalDouble.of(webSocketGarbage.median() - echoGarbage.median()));
  }

  private static void against(Found found, Report report, PeerCase load, String suffix) {
    report.figure(
        found.door.label() + "_vs_echo" + suffix,
        found.loads.ratio(load, Metric.CPU, found.echo, Rival.MOORING));
    report.figure(
        found.door.label() + "_throughput_vs_echo" + suffix,
        found.loads.ratio(load, Metric.THROUGHPUT, Rival.MOORING, found.echo));
  }

  private void note(Report report) {
    absences.forEach(report::absent);
    report.note(
        plan.rounds
            + " rounds. Server and echo have CPU "
            + PLACEMENT.serverCpus()
            + " with "
            + PLACEMENT.loops()
            + " event loop(s), the load generator, `mooring loadtest`, CPU "
            + PLACEMENT.clientCpus()
            + ". Each process is warmed up for "
            + plan.firstWarmUp
            + " s and measured for "
            + plan.seconds
            + " s, in turn with its echo, which goes first every other round. Medians; a ratio is"
            + " the median of the rounds' ratios.");
    report.note(
        "`*_vs_echo_*` are calls for each second of the server's processor, ours divided by the"
            + " echo's: at pipeline 16 the load generator's own processor is what bounds calls a second"
            + " (`~`), so these would flatter us. `*_throughput_vs_*` and `*_vs_tcp_p16` are calls a second.");
    report.note(
        "The echoes run no guest, and stop, undo and bound nothing. `websocket-echo` is Netty's"
            + " codec and handlers as its users put them together; it reads and writes our messages"
            + " without making objects of them, as we do. `grpc-echo` is grpc-java on the same event loops, with"
            + " messages as protobuf's generator makes them.");
    report.note(
        "Memory is live heap, of "
            + plan.sessions
            + " sessions that were called once each; gRPC's are streams of one connection, the others"
            + " have one each. Garbage is what the JVM counts for the event loops' threads over a"
            + " million calls of open sessions (64 × 16, 64 B).");
  }
}
