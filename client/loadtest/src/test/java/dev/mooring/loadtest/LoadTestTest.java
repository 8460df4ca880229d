package dev.mooring.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.client.Keep;
import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.Durability;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.HistogramLogReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is sent, and what becomes of servers that don't behave. Nothing here may hang. */
@Timeout(60)
final class LoadTestTest {
  private final KnownServer server = new KnownServer();

  @AfterEach
  void close() {
    server.close();
  }

  // ---- what is sent ----

  @Test
  void kept_sessions_acknowledgeWhatComes() {
    server.failsEvery = 3;
    Report report =
        Plans.of(server)
            .durability(Keep.Durability.DISK)
            .count(5_000)
            .connections(2)
            .closed(16)
            .run();

    assertEquals(5_000, report.number("calls.answered") + report.number("calls.failed"));
    assertEquals("disk", report.text("settings.durability"));
    assertEquals(Durability.DISK, server.opens.getFirst().getKeep().getDurability());
    long most = server.mostUnacknowledged.get();
    assertTrue(most >= 64 && most <= 64 + 2 * 16, "unacknowledged: " + most);
  }

  @Test
  void kept_closedLoopOfMoreThanHalfOfTheQueue_isNoLoad() {
    server.queuedCalls = 31;
    Plans plans = Plans.of(server).durability(Keep.Durability.MEMORY).count(100);
    plans.closed(15).run();
    plans.open(1_000).run();

    plans.closed(16);
    LoadFailure failure = assertThrows(LoadFailure.class, plans::run);
    assertEquals(LoadFailure.Kind.USAGE, failure.kind());
    assertTrue(
        String.valueOf(failure.getMessage()).startsWith("--pipeline is 16, expected at most 15"),
        failure.getMessage());
  }

  @Test
  void plain_sessions_acknowledgeNothing() {
    Report report = Plans.of(server).count(200).run();

    assertEquals("none", report.text("settings.durability"));
    assertFalse(server.opens.getFirst().hasKeep());
  }

  @Test
  void count_closedLoop_measuresExactlyThatMany() {
    Report report = Plans.of(server).count(1_001).connections(3).eventLoops(2).closed(4).run();

    assertFalse(report.isInterrupted());
    assertEquals(1_001, report.number("calls.scheduled"));
    assertEquals(1_001, report.number("calls.answered"));
    assertEquals(1_001, report.number("latency.count"));
    assertTrue(report.number("throughput_per_second") > 0);
  }

  @Test
  void mix_ofWeightedCalls_isAsWeighted() {
    Plans.of(server).count(2_000).calls("9:echo", "1:add -5 0.5").run();

    long adds = server.received.stream().filter(call -> call.getIndex() == 1).count();
    assertEquals(200, (double) adds, 80);
    Call add =
        server.received.stream().filter(call -> call.getIndex() == 1).findFirst().orElseThrow();
    assertEquals(-5, add.getArguments(0).getI64());
    assertEquals(0.5f, add.getArguments(1).getF32());
  }

  @Test
  void seed_again_sendsTheSameCalls() {
    Plans plans = Plans.of(server).count(200).calls("1:echo", "1:add 1 1").payload("1..100");
    plans.run();
    List<Integer> first = shapes(200);
    server.received.clear();
    plans.run();

    assertEquals(first, shapes(200));
  }

  private List<Integer> shapes(int number) {
    return server.received.stream()
        .limit(number)
        .map(call -> call.getIndex() << 16 | call.getInput().size())
        .toList();
  }

  @Test
  void payload_ranges_areKept() {
    Plans.of(server).count(1_000).payload("10..20").run();

    Set<Integer> sizes =
        server.received.stream().map(call -> call.getInput().size()).collect(Collectors.toSet());
    assertEquals(Set.of(10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20), sizes);
  }

  @Test
  void payload_weightedSizes_areAsWeighted() {
    Plans.of(server).count(1_000).payload("8=3,2KiB=1").run();

    long large = server.received.stream().filter(call -> call.getInput().size() == 2048).count();
    long small = server.received.stream().filter(call -> call.getInput().size() == 8).count();
    assertEquals(server.received.size(), large + small);
    assertEquals(0.25, (double) large / server.received.size(), 0.08);
  }

  @Test
  void payload_folder_sendsItsFilesInTurn(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("1"), "one");
    Files.writeString(folder.resolve("2"), "second");
    Plans.of(server).count(4).payload("@" + folder).run();

    assertEquals(
        List.of("one", "second", "one", "second"),
        server.received.stream().limit(4).map(call -> call.getInput().toStringUtf8()).toList());
  }

  @Test
  void call_withInput_sendsThatInsteadOfThePayload() {
    Plans.of(server).count(1).calls("echo key=value and more").run();

    assertEquals("key=value and more", server.received.getFirst().getInput().toStringUtf8());
  }

  @Test
  void churn_closesAfterSoManyCallsAndOpensAnother() {
    Report report = Plans.of(server).count(100).callsPerConnection(5).closed(2).run();

    assertTrue(server.sessions.get() >= 20, "sessions: " + server.sessions.get());
    assertTrue(server.goodbyes.get() >= 19, "goodbyes: " + server.goodbyes.get());
    assertEquals(100, report.number("calls.answered"));
    assertEquals(0, report.members("errors").size(), report.text("errors"));
    assertTrue(report.number("connections.first_reply.count") >= 18);
  }

  @Test
  void churn_openLoop_answersEveryCall() {
    Report report =
        Plans.of(server).open(200).connections(4).callsPerConnection(1).millis(1_000).run();

    assertEquals(report.number("calls.scheduled"), report.number("calls.answered"));
    assertEquals(200, report.number("calls.answered"), 3);
    assertEquals(0, report.members("errors").size(), report.text("errors"));
  }

  @Test
  void targetsAndSources_connectionsTakeTurns() throws IOException {
    InetAddress second = InetAddress.getByName("127.0.0.2");
    InetAddress third = InetAddress.getByName("127.0.0.3");
    try (var other = new KnownServer()) {
      Plans.of(server, other).connections(8).count(80).sources(second, third).run();

      assertEquals(4, server.sessions.get());
      assertEquals(4, other.sessions.get());
      Set<InetAddress> clients = new java.util.HashSet<>(server.clients);
      clients.addAll(other.clients);
      assertEquals(Set.of(second, third), clients);
    }
  }

  @Test
  void open_carriesModuleConfigAndToken() {
    Plans.of(server).count(1).token("secret").run();

    assertEquals("known", server.opens.getFirst().getModule());
    assertEquals("value", server.opens.getFirst().getConfigMap().get("key"));
    assertEquals("secret", server.opens.getFirst().getAuthToken());
  }

  // ---- servers that don't behave ----

  @Test
  void failedCalls_areCountedByCodeAndNotTimed() {
    server.failsEvery = 4;
    Report report = Plans.of(server).count(400).run();

    assertEquals(100, report.number("errors.GUEST_FAILED"), 1);
    assertEquals(400, report.number("calls.answered") + report.number("calls.failed"));
    assertEquals(report.number("calls.answered"), report.number("latency.count"));
    assertEquals("it is every one's turn", report.text("error_messages.GUEST_FAILED"));
  }

  @Test
  void connectionsThatAreCut_areCountedAndMadeAgain() {
    server.cutsEvery = 50;
    Report report = Plans.of(server).millis(1_500).connections(2).run();

    assertTrue(report.number("errors.CONNECTION_LOST") > 0, report.text("errors"));
    assertTrue(report.number("calls.answered") > 0);
    assertTrue(server.sessions.get() > 2);
  }

  @Test
  void serverThatAnswersNothing_isNoMeasurement() {
    server.failsEvery = 1;
    String failure = Verdict.failure(Plans.of(server).millis(200).run());

    assertTrue(failure.startsWith("no call was answered: GUEST_FAILED: it is every"), failure);
  }

  @Test
  void churn_isAMeasurement() {
    Report report = Plans.of(server).count(10).callsPerConnection(1).run();

    assertEquals("", Verdict.failure(report));
  }

  @Test
  void backlog_isBounded() {
    server.delay = java.time.Duration.ofMillis(100);
    Report report = Plans.of(server).load(new Load.OpenLoop(1_000, false, 1)).backlog(50).run();

    assertTrue(report.number("errors.BACKLOG_FULL") > 500, report.text("errors"));
    assertEquals(
        report.number("calls.scheduled"),
        report.number("calls.answered") + report.number("calls.failed"));
  }

  @Test
  void nobodyListens_saysSo() throws IOException {
    InetSocketAddress address;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      address = (InetSocketAddress) socket.getLocalSocketAddress();
    }
    assertFails(LoadFailure.Kind.NO_SERVER, "no server at", Plans.of(address).connections(50));
  }

  @Test
  void serverNeverOpens_givesUp() {
    server.manners = KnownServer.Manners.NEVER_OPENS;
    assertFails(
        LoadFailure.Kind.NO_SERVER,
        "didn't open the session within 300 ms",
        Plans.of(server).openTimeout(300));
  }

  @Test
  void serverClosesAtOnce_saysSo() {
    server.manners = KnownServer.Manners.CLOSES_AT_ONCE;
    assertFails(LoadFailure.Kind.NO_SERVER, "the connection", Plans.of(server));
  }

  @Test
  void serverSpeaksAnotherProtocol_saysSo() {
    server.manners = KnownServer.Manners.SPEAKS_HTTP;
    assertFails(LoadFailure.Kind.NO_SERVER, "protocol", Plans.of(server));
  }

  @Test
  void serverRefusesTheModule_saysWhatItSaid() {
    server.manners = KnownServer.Manners.REFUSES_THE_MODULE;
    assertFails(
        LoadFailure.Kind.REFUSED,
        "MODULE_NOT_FOUND: there is no module 'known'",
        Plans.of(server).connections(20));
  }

  @Test
  void unknownFunction_saysWhichThereAre() {
    assertFails(LoadFailure.Kind.REFUSED, "it has echo, add", Plans.of(server).calls("nope"));
  }

  @Test
  void wrongArguments_sayWhatIsExpected() {
    assertFails(LoadFailure.Kind.USAGE, "add(i64, f32)", Plans.of(server).calls("add 1"));
    assertFails(LoadFailure.Kind.USAGE, "'x' is not an i64", Plans.of(server).calls("add x 1"));
  }

  private static void assertFails(LoadFailure.Kind kind, String message, Plans plans) {
    LoadFailure failure = assertThrows(LoadFailure.class, plans::run);
    assertTrue(
        String.valueOf(failure.getMessage()).contains(message),
        () -> "'" + failure.getMessage() + "' doesn't say '" + message + "'");
    assertEquals(kind, failure.kind(), failure::getMessage);
  }

  // ---- what is reported ----

  @Test
  void serverPid_ownProcess_hasCpuAndMemory() {
    Report report = Plans.of(server).pid(ProcessHandle.current().pid()).closed(8).run();

    assertTrue(report.number("server.cpu_seconds") > 0, report.text("server"));
    assertTrue(report.number("server.cpu_us_per_call") > 0, report.text("server"));
    assertTrue(report.number("server.rss_max_bytes") > 10 << 20, report.text("server"));
  }

  @Test
  void hlog_holdsEveryLatency(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("run.hlog");
    Report report;
    try (var log = new HistogramLog(file)) {
      report = new LoadTest(Plans.of(server).plan(), Monitor.NONE, log).run();
    }
    long count = 0;
    try (var reader = new HistogramLogReader(file.toFile())) {
      for (EncodableHistogram one; (one = reader.nextIntervalHistogram()) != null; ) {
        count += ((org.HdrHistogram.Histogram) one).getTotalCount();
      }
    }
    assertEquals(report.number("latency.count"), (double) count);
  }

  @Test
  void timeline_addsUpToTheThroughput() {
    Report report = Plans.of(server).millis(1_000).run();

    double sum = 0;
    for (var one : report.objects("timeline")) {
      var point = new Report(one);
      sum += point.number("throughput_per_second") * point.number("seconds");
    }
    double answered = report.number("throughput_per_second") * report.number("seconds");
    assertEquals(1, sum / answered, 0.1);
    assertTrue(report.objects("timeline").size() >= 9);
  }

  @Test
  void stopEarly_endsTheMeasurementAndReports() {
    var ending = new Thread[1];
    var test = new LoadTest[] {null};
    test[0] =
        new LoadTest(
            Plans.of(server).millis(60_000).plan(),
            moment -> {
              if (moment.phase() == Monitor.Phase.MEASURING && ending[0] == null) {
                ending[0] = Thread.currentThread();
                test[0].stopEarly();
              }
            },
            null);
    Report report = test[0].run();

    assertTrue(report.toJson().contains("\"interrupted\" : true"));
    assertTrue(Verdict.interruption(report).endsWith(" of 60 s"), Verdict.interruption(report));
    assertTrue(report.number("seconds") < 30);
    assertTrue(report.number("calls.answered") > 0);
  }

  /** Its calls would never be all served: it is given up when it could have come back. */
  @Test
  void count_serverThatIsGone_endsAndSaysHowFarItCame() {
    LoadPlan plan =
        Plans.of(server)
            .count(1_000_000_000)
            .connections(2)
            .connectTimeout(500)
            .openTimeout(300)
            .timeout(300)
            .plan();
    var stops = new Thread(server::vanish);
    var test =
        new LoadTest(
            plan,
            moment -> {
              if (moment.phase() == Monitor.Phase.MEASURING
                  && stops.getState() == Thread.State.NEW) {
                stops.start();
              }
            },
            null);
    Report report = test.run();

    assertTrue(report.isInterrupted());
    assertTrue(
        Verdict.interruption(report).endsWith(" of 1,000,000,000 calls"),
        Verdict.interruption(report));
    assertTrue(
        Verdict.failure(report).startsWith("no connection was open"), Verdict.failure(report));
    assertTrue(report.number("connections.failed") > 0, report.text("connections"));
    assertTrue(report.number("calls.answered") > 0, report.text("calls"));
  }

  @Test
  void steps_serverWithACapacity_endWhereItIsNotHeld() {
    // Two callers, one call of 10 ms each at a time: at most 200 calls a second.
    server.delay = java.time.Duration.ofMillis(10);
    LoadPlan plan =
        Plans.of(server).load(new Load.OpenLoop(50, false, 1)).connections(2).timeout(2_000).plan();
    Step step = Step.parse("x3", java.time.Duration.ofMinutes(1));
    Report report = new StepSearch(plan, step, Monitor.NONE, null).run();

    List<Report> steps = report.objects("steps").stream().map(Report::new).toList();
    Report last = steps.getLast();
    assertTrue(!last.text("verdict").equals("held"), report.text("steps"));
    assertTrue(last.number("rate_per_second") <= 450, report.text("steps"));
    Report first = steps.get(steps.size() - 2);
    assertEquals(last.number("rate_per_second"), first.number("rate_per_second"));
    assertTrue(first.text("verdict").endsWith("; tried again"), report.text("steps"));
    assertTrue(!(report.number("knee_per_second") > 200), report.text("knee_per_second"));
  }
}
