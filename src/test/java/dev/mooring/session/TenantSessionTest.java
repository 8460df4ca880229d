package dev.mooring.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.access.Authority;
import dev.mooring.access.Identity;
import dev.mooring.access.Tenant;
import dev.mooring.access.TenantLimits;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.ModuleOptions;
import dev.mooring.guest.ModuleRefused;
import dev.mooring.guest.SimulatedTime;
import dev.mooring.guest.intake.ValueType;
import dev.mooring.proto.LeakCheck;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sessions of tenants: what runs a guest waits for its tenant's time, to the last word. */
@ExtendWith(LeakCheck.class)
final class TenantSessionTest {
  private static final long MILLI = 1_000_000;
  private static final int MILLIS_PER_SECOND = 100;

  /** What may be saved up. */
  private static final long SAVED_NANOS = MILLIS_PER_SECOND * MILLI;

  private static final long DEADLINE_NANOS = 50 * MILLI;

  /** In how much time so much is earned. */
  private static long toEarn(long nanos) {
    return nanos * 1_000 / MILLIS_PER_SECOND;
  }

  private static final SimulatedTime TIME = new SimulatedTime(64 << 20);
  private static final GuestRuntime RUNTIME = TIME.runtime();
  private static final GuestModule LIFECYCLE = load("lifecycle");

  private final ManualLoop loop = new ManualLoop(TIME);
  private final Tenant poor = tenant("poor", MILLIS_PER_SECOND);
  private final Tenant other = tenant("other", MILLIS_PER_SECOND);
  private final Authority authority =
      (token, certificate) -> new Identity.Known(token.equals("poor") ? poor : other);
  private final SessionLoop sessions =
      new SessionLoop(
          loop,
          RUNTIME,
          (reference, mayOpen, answer) -> answer.found(LIFECYCLE, SessionLimits.DEFAULTS),
          SessionLimits.DEFAULTS,
          authority,
          new SessionDirectory(),
          new KeptSessions(KeptLimits.DEFAULTS));

  /** The most that the tenant owed after one of its guests ran, in time until it is earned. */
  private long mostOwedNanos;

  private static GuestModule load(String name) {
    try {
      byte[] bytes = Files.readAllBytes(Path.of("test/guests", name + ".wasm"));
      return GuestModule.compile(bytes, ModuleOptions.DEFAULTS, RUNTIME);
    } catch (IOException | ModuleRefused e) {
      throw new IllegalStateException(e);
    }
  }

  private Tenant tenant(String name, int millisPerSecond) {
    return new Tenant(name, new TenantLimits(0, 0, millisPerSecond, List.of("*")), loop.nanoTime());
  }

  /** A session, and what its client is sent. Each event that its guest sends takes its time. */
  private final class Client {
    final RecordingPeer peer = new RecordingPeer();
    final Conversation session = sessions.connect(peer);
    private long lastId;

    Client(String tenant, long eventNanos) {
      session.open(
          new OpenRequest(
              1,
              "lifecycle",
              Map.of("close", "event", "timer", "event"),
              OpenRequest.WantedLimits.NONE,
              tenant));
      TenantSessionTest.this.run();
      assertEquals(List.of("opened"), peer.take());
      peer.onEvent = () -> loop.spend(eventNanos);
    }

    void act() {
      var request = new CallRequest();
      request.begin(++lastId, "act", 0, 0);
      var input = Unpooled.copiedBuffer("event", StandardCharsets.US_ASCII);
      request.input(input, 0, input.readableBytes());
      session.call(request);
    }
  }

  /** Runs all that may run now, a round at a time. */
  private void run() {
    while (!loop.isIdle()) {
      loop.runOnce();
      mostOwedNanos = Math.max(mostOwedNanos, poor.waitNanos(loop.nanoTime()));
    }
  }

  /** Lets time pass until nothing waits for it any more. */
  private void runAll() {
    run();
    while (loop.timerCount() > 0) {
      loop.advance(1);
      run();
    }
  }

  @AfterEach
  void nothingIsLeft() {
    assertEquals(0, sessions.sessionCount());
    assertEquals(0, sessions.liveSpaces());
    assertEquals(0, loop.timerCount());
    assertEquals(0, poor.use().sessions());
    assertEquals(0, poor.use().guestMemoryBytes());
    sessions.close();
  }

  @Test
  void calls_tenantOwes_waitUntilItIsEarned() {
    var client = new Client("poor", SAVED_NANOS + DEADLINE_NANOS);
    client.act();
    client.act();
    run();
    assertEquals(List.of("event act", "result 1"), client.peer.take());
    assertTrue(client.peer.paused.contains(PauseReason.QUOTA));
    loop.advance(toEarn(DEADLINE_NANOS) / MILLI - 1);
    run();
    assertEquals(List.of(), client.peer.take());
    loop.advance(2);
    run();
    assertEquals(List.of("event act", "result 2"), client.peer.take());
    sessions.stop();
  }

  @Test
  void goodbyes_ofManySessions_oweNoMoreThanOneDeadline() {
    var clients = new ArrayList<Client>();
    for (int i = 0; i < SessionLoop.MAX_GOODBYES; i++) {
      clients.add(new Client("poor", DEADLINE_NANOS));
    }
    long before = loop.nanoTime();
    clients.forEach(client -> client.session.closeRequested());
    run();
    assertTrue(
        mostOwedNanos <= toEarn(DEADLINE_NANOS + TurnScheduler.TURN_NANOS),
        "the tenant owed what takes " + mostOwedNanos / MILLI + " ms to earn");
    assertTrue(sessions.sessionCount() > 0, "goodbyes wait");
    runAll();
    assertTrue(
        mostOwedNanos <= toEarn(DEADLINE_NANOS + TurnScheduler.TURN_NANOS),
        "the tenant owed what takes " + mostOwedNanos / MILLI + " ms to earn");
    long tookMillis = (loop.nanoTime() - before) / MILLI;
    assertTrue(
        tookMillis <= SessionEnding.MAX_GOODBYE_WAIT_MILLIS + 2 * toEarn(DEADLINE_NANOS) / MILLI,
        "the last ended after " + tookMillis + " ms");
    long heard = clients.stream().filter(client -> client.peer.heard("event close")).count();
    assertTrue(heard > 2 && heard < clients.size(), heard + " guests heard of it");
    clients.forEach(client -> assertEquals("end CLIENT_CLOSED", client.peer.take().getLast()));
  }

  @Test
  void goodbye_clientIsGoneAndTenantOwes_waitsToo() {
    var heavy = new Client("poor", SAVED_NANOS + DEADLINE_NANOS);
    var gone = new Client("poor", 0);
    heavy.act();
    run();
    gone.session.disconnected();
    gone.session.writable();
    run();
    assertFalse(gone.peer.ended);
    loop.advance(toEarn(DEADLINE_NANOS) / MILLI + 1);
    run();
    assertEquals(List.of("end DISCONNECTED"), gone.peer.take());
    sessions.stop();
  }

  @Test
  void goodbye_tenantOwesMoreThanItMayWaitFor_isLeftOut() {
    var heavy =
        new Client(
            "poor", SAVED_NANOS + SessionEnding.MAX_GOODBYE_WAIT_MILLIS * MILLI / 10 + MILLI);
    var leaving = new Client("poor", 0);
    heavy.act();
    run();
    leaving.session.closeRequested();
    run();
    assertEquals(List.of("end CLIENT_CLOSED"), leaving.peer.take());
    sessions.stop();
  }

  @Test
  void goodbye_afterACallThatTookLong_isATurnOfItsOwn() {
    var client = new Client("poor", SAVED_NANOS + DEADLINE_NANOS);
    client.act();
    client.session.closeRequested();
    run();
    assertEquals(List.of("event act", "result 1"), client.peer.take());
    loop.advance(toEarn(DEADLINE_NANOS) / MILLI + 1);
    run();
    assertEquals(List.of("event close", "end CLIENT_CLOSED"), client.peer.take());
  }

  @Test
  void goodbye_waitsWhenTheServerStops_isLeftOut() {
    var client = new Client("poor", SAVED_NANOS + DEADLINE_NANOS);
    client.act();
    client.session.closeRequested();
    run();
    sessions.stop();
    assertEquals("end CLIENT_CLOSED", client.peer.take().getLast());
  }

  @Test
  void timer_tenantOwes_waitsUntilItIsEarned() {
    var client = new Client("poor", SAVED_NANOS + DEADLINE_NANOS);
    var request = new CallRequest();
    request.begin(1, "arm", 0, 0);
    request.addArgument(ValueType.I32, 7);
    request.addArgument(ValueType.I32, 1);
    client.session.call(request);
    run();
    client.lastId = 1;
    client.act();
    run();
    client.peer.take();
    loop.advance(1);
    run();
    assertEquals(List.of(), client.peer.take());
    loop.advance(toEarn(DEADLINE_NANOS) / MILLI);
    run();
    assertEquals(List.of("event timer 7"), client.peer.take());
    sessions.stop();
  }

  @Test
  void session_ofAnotherTenant_owesNothing() {
    var heavy = new Client("poor", SAVED_NANOS + DEADLINE_NANOS);
    heavy.act();
    run();
    var light = new Client("other", 0);
    light.act();
    light.session.closeRequested();
    run();
    assertEquals(
        List.of("event act", "result 1", "event close", "end CLIENT_CLOSED"), light.peer.take());
    sessions.stop();
  }

  @Test
  void open_tenantOwes_waitsUntilItIsEarned() {
    var heavy = new Client("poor", SAVED_NANOS + DEADLINE_NANOS);
    heavy.act();
    run();
    var peer = new RecordingPeer();
    Conversation late = sessions.connect(peer);
    late.open(new OpenRequest(1, "lifecycle", Map.of(), OpenRequest.WantedLimits.NONE, "poor"));
    run();
    assertEquals(List.of(), peer.take());
    loop.advance(toEarn(DEADLINE_NANOS) / MILLI + 1);
    run();
    assertEquals(List.of("opened"), peer.take());
    sessions.stop();
  }
}
