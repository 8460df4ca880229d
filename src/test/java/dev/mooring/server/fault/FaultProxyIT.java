package dev.mooring.server.fault;

import static dev.mooring.server.testing.Eventually.PATIENCE_SECONDS;
import static dev.mooring.server.testing.RawClient.i64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.client.CloseReason;
import dev.mooring.client.ErrorCode;
import dev.mooring.client.MooringException;
import dev.mooring.client.MooringSession;
import dev.mooring.client.SessionEnd;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.server.MooringServer;
import dev.mooring.server.fault.FaultProxy.Fault;
import dev.mooring.server.fault.FaultProxy.Link;
import dev.mooring.server.fault.FaultProxy.Pace;
import dev.mooring.server.fault.FaultProxy.Way;
import dev.mooring.server.testing.BreakingProxy;
import dev.mooring.server.testing.Conversation;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.LoggedDefects;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.RawClient;
import dev.mooring.transport.admission.RejectReason;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What networks do to a connection, at each state of its session: nobody waits for ever, everybody
 * is told what was wrong, nothing is left behind, and other sessions notice nothing.
 *
 * <p>All victims are struck before the first test, one after the other, since most of them then
 * take their time to find out; each test looks at what became of one.
 */
@Patient
@Timeout(120)
final class FaultProxyIT {
  private static final long SEED = Long.getLong("mooring.fault.seed", System.nanoTime());
  private static final int BYSTANDERS = 4;

  @TempDir static Path modules;
  @TempDir static Path files;

  private static final LoggedDefects DEFECTS = new LoggedDefects();
  private static final List<FaultVictim> VICTIMS = new ArrayList<>();
  private static final List<Bystander> BYSTANDING = new ArrayList<>();

  private static FaultServers servers;

  @BeforeAll
  static void strike() throws Exception {
    System.out.println("FaultProxyIT: seed " + SEED);
    DEFECTS.attach();
    servers = new FaultServers(modules, files);
    for (int i = 0; i < BYSTANDERS; i++) {
      BYSTANDING.add(new Bystander(servers.rawClient(servers.plainServer.address(), false)));
      BYSTANDING.add(new Bystander(servers.rawClient(servers.tlsServer.address(), true)));
    }
    for (FaultCase faultCase : FaultCase.all()) {
      var victim = new FaultVictim(faultCase, servers, SEED);
      VICTIMS.add(victim);
      victim.suffer();
    }
  }

  @AfterAll
  static void stop() {
    DEFECTS.detach();
    VICTIMS.forEach(FaultVictim::forget);
    VICTIMS.clear();
    servers.close();
  }

  static Stream<FaultVictim> victims() {
    return VICTIMS.stream();
  }

  private static void assertFails(
      FaultVictim victim, Set<ErrorCode> codes, CompletableFuture<?> future) throws Exception {
    var e =
        assertThrows(
            ExecutionException.class, () -> future.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
    if (!(e.getCause() instanceof MooringException failure)) {
      throw e;
    }
    assertTrue(
        codes.contains(failure.code()), () -> victim + ": " + failure + "; expected " + codes);
    assertFalse(String.valueOf(failure.getMessage()).contains("this client failed"));
  }

  @ParameterizedTest
  @MethodSource("victims")
  void fault_atAnyState_isToldToWhoeverWaits(FaultVictim victim) throws Exception {
    if (victim.trouble != null) {
      throw new AssertionError(victim + " couldn't be struck", victim.trouble);
    }
    FaultCase faultCase = victim.faultCase;
    if (!faultCase.openingErrors().isEmpty()) {
      assertFails(victim, faultCase.openingErrors(), victim.opening());
      return;
    }
    MooringSession session = victim.opening().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    for (CompletableFuture<Void> call : victim.calls) {
      if (faultCase.callErrors().isEmpty()) {
        call.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      } else if (faultCase.state() != FaultState.GOING_AWAY || !hasSucceeded(call)) {
        assertFails(victim, faultCase.callErrors(), call);
      }
    }
    assertFails(victim, faultCase.lateErrors(), victim.late());
    SessionEnd end = session.ended().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (faultCase.endsWell()) {
      var reason =
          faultCase.state() == FaultState.GOING_AWAY
              ? CloseReason.GONE_AWAY
              : CloseReason.CLIENT_CLOSED;
      assertEquals(new SessionEnd.Closed(reason), end);
    } else {
      assertTrue(end instanceof SessionEnd.Failed, end::toString);
    }
    if (victim.drained != null) {
      assertTrue(victim.drained.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
    }
  }

  /** Of the calls of a session that goes away the first few are done before the fault strikes. */
  private static boolean hasSucceeded(CompletableFuture<Void> call) throws Exception {
    try {
      call.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return true;
    } catch (ExecutionException e) {
      return false;
    }
  }

  @Test
  void faults_allOfThem_leaveTheServerNothing() throws Exception {
    for (MooringServer server : servers.both()) {
      Eventually.assertEventually(
          () -> server.sessionCount() == BYSTANDERS && server.liveSpaces() == BYSTANDERS,
          "the bystanders are left, and they alone");
    }
    for (Bystander bystander : BYSTANDING) {
      assertTrue(bystander.end() > 100);
    }
    for (MooringServer server : servers.both()) {
      Eventually.assertEventually(
          () -> server.sessionCount() + server.connectionCount() == 0, "everybody is gone");
      assertEquals(0, server.liveSpaces());
      Eventually.assertEventually(() -> server.held().total() == 0, "nothing is held for them");
      assertEquals(0, server.counts().endings("INTERNAL"), server.counts()::toString);
    }
    Eventually.assertEventually(
        () -> handshakesCounted() == struckIn(FaultState.TLS_HANDSHAKE),
        "every handshake is counted");
    assertEquals(List.of(), DEFECTS.told);
  }

  private static long struckIn(FaultState state) {
    return VICTIMS.stream().filter(victim -> victim.faultCase.state() == state).count();
  }

  private static long handshakesCounted() {
    var door = servers.tlsServer.rejectCounts();
    assertEquals(0, door.of(RejectReason.HANDSHAKE_FAILED), door::toString);
    return door.of(RejectReason.HANDSHAKE_TIMEOUT) + door.of(RejectReason.HANDSHAKE_ABANDONED);
  }

  static Stream<Arguments> paces() {
    var paces =
        Stream.of(
            new Pace(20, Integer.MAX_VALUE, 0),
            new Pace(0, 7, 0),
            new Pace(0, 2_000, 500_000),
            new Pace(2, 100, 1_000_000));
    return paces.flatMap(pace -> Stream.of(Arguments.of(pace, false), Arguments.of(pace, true)));
  }

  @ParameterizedTest
  @MethodSource("paces")
  void pace_whateverItIs_changesNoAnswerAndNoOrder(Pace pace, boolean isTls) throws Exception {
    var conversation = new Conversation(new Random(SEED));
    List<String> expected = conversation.expected();
    try (var proxy = new FaultProxy(servers.server(isTls).address(), SEED, pace)) {
      assertEquals(expected, conversation.heardBy(servers.client(isTls), proxy.address()));
      try (var raw = servers.rawClient(proxy.address(), isTls)) {
        assertEquals(expected, conversation.heardBy(raw));
      }
    }
  }

  /** At whichever byte a client's side ends, the server answers as the protocol has it. */
  @Test
  void end_afterEachByte_isAnsweredInOrder() throws Exception {
    byte[] open = BreakingProxy.frame(RawClient.openMessage("counter", Map.of()));
    byte[] call = BreakingProxy.frame(RawClient.callMessage(1, "add", new byte[0], i64(1)));
    byte[] both = BreakingProxy.join(open, call);
    for (int end = 0; end <= both.length; end++) {
      var expected = new ArrayList<String>();
      if (end >= open.length) {
        expected.add("OPENED");
      }
      if (end == both.length) {
        expected.add("RESULT");
      }
      boolean isWhole = end == 0 || end == open.length || end == both.length;
      expected.add(isWhole ? "CLOSED" : "ERROR");
      assertEquals(expected, heardWhenEndedAfter(end, both), "after " + end + " bytes");
    }
  }

  private static List<String> heardWhenEndedAfter(int end, byte[] bytes) throws Exception {
    try (var proxy =
            new FaultProxy(
                servers.plainServer.address(),
                SEED,
                Pace.AT_ONCE,
                link -> link.hold(Way.TO_SERVER, end));
        var client = new RawClient(proxy.address())) {
      Link link = proxy.nextLink();
      // One byte more, so that there always is one that doesn't go.
      client.sendBytes(Arrays.copyOf(bytes, bytes.length + 1));
      link.awaitHeld(Way.TO_SERVER);
      link.strike(Fault.HALF_CLOSE, EnumSet.of(Way.TO_SERVER));
      var heard = new ArrayList<String>();
      for (ServerMessage message = client.receiveOrEnd();
          message != null;
          message = client.receiveOrEnd()) {
        heard.add(message.getMessageCase().name());
        if (message.hasError()) {
          assertEquals("MALFORMED_FRAME", message.getError().getCode().name());
        }
      }
      return heard;
    }
  }
}
