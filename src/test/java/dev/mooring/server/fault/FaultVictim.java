package dev.mooring.server.fault;

import static dev.mooring.server.testing.Eventually.PATIENCE_SECONDS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.client.CallResult;
import dev.mooring.client.GoAwayReason;
import dev.mooring.client.MooringSession;
import dev.mooring.client.OpenOptions;
import dev.mooring.client.SessionListener;
import dev.mooring.client.Value;
import dev.mooring.server.MooringServer;
import dev.mooring.server.fault.FaultProxy.Link;
import dev.mooring.server.fault.FaultProxy.Pace;
import dev.mooring.server.fault.FaultProxy.Way;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A session whose connection a fault strikes, and what its client is told. */
final class FaultVictim {
  static final int LARGE_BYTES = 1 << 20;
  static final int EVENTS = 20;
  static final int EVENT_BYTES = 5_000;

  final FaultCase faultCase;
  final FaultServers servers;
  final GuestGate gate;
  final List<CompletableFuture<Void>> calls = new ArrayList<>();
  String module;
  Map<String, String> config = Map.of();
  MooringServer server;
  @Nullable CompletableFuture<Boolean> drained;
  @Nullable Throwable trouble;
  private final long seed;
  private final AtomicInteger events = new AtomicInteger();
  private final AtomicBoolean goAway = new AtomicBoolean();
  private @Nullable FaultProxy proxy;
  private @Nullable Link link;
  private @Nullable CompletableFuture<MooringSession> opening;
  private @Nullable CompletableFuture<CallResult> late;

  FaultVictim(FaultCase faultCase, FaultServers servers, long seed) {
    this.faultCase = faultCase;
    this.servers = servers;
    this.gate = servers.gate;
    this.seed = seed;
    this.module = faultCase.state().module;
    this.server = servers.server(faultCase.state().isTls());
  }

  /** Dials; what is to be done with the session is done on the event loop, before all else. */
  void open(Consumer<Link> first, Consumer<MooringSession> whenOpened) throws Exception {
    var dialled = new FaultProxy(server.address(), seed, Pace.AT_ONCE, first);
    proxy = dialled;
    var client = servers.client(faultCase.state().isTls());
    var opened = client.open(dialled.address(), options());
    opening =
        opened.whenComplete(
            (session, _) -> {
              if (session != null) {
                whenOpened.accept(session);
              }
            });
    link = dialled.nextLink();
  }

  MooringSession openAndWait(Consumer<MooringSession> whenOpened) throws Exception {
    // Held, so that it isn't open before somebody waits for that.
    open(link -> link.hold(Way.TO_SERVER, 0), whenOpened);
    link().release(Way.TO_SERVER);
    return opening().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private OpenOptions options() {
    var listener =
        new SessionListener() {
          @Override
          public void onEvent(MooringSession session, byte[] payload) {
            if (payload.length == EVENT_BYTES) {
              events.incrementAndGet();
            }
          }

          @Override
          public void onGoAway(MooringSession session, GoAwayReason reason, String message) {
            goAway.set(true);
          }
        };
    var patience = FaultServers.CLIENT_PATIENCE;
    return OpenOptions.module(module)
        .withConfig(config)
        .withListener(listener)
        .withTimeouts(
            OpenOptions.Timeouts.DEFAULTS
                .withOpen(patience)
                .withClose(patience)
                .withSilence(patience));
  }

  Link link() {
    return there(link);
  }

  CompletableFuture<MooringSession> opening() {
    return there(opening);
  }

  CompletableFuture<CallResult> late() {
    return there(late);
  }

  private static <T> T there(@Nullable T thing) {
    if (thing == null) {
      throw new IllegalStateException("not yet");
    }
    return thing;
  }

  boolean hasGoAway() {
    return goAway.get();
  }

  void callAdd(MooringSession session, int times) {
    for (int i = 1; i <= times; i++) {
      List<Value> sum = List.of(Value.i64(i));
      calls.add(session.call("add", Value.i64(1)).thenAccept(r -> assertEquals(sum, r.values())));
    }
  }

  void callEcho(MooringSession session) {
    var payload = new byte[LARGE_BYTES];
    new Random(LARGE_BYTES).nextBytes(payload);
    calls.add(
        session.call("echo", payload).thenAccept(r -> assertArrayEquals(payload, r.output())));
  }

  void callEvents(MooringSession session) {
    calls.add(
        session
            .call("events", Value.i32(EVENTS), Value.i32(EVENT_BYTES))
            .thenAccept(r -> assertEquals(EVENTS, events.get())));
  }

  /** Comes to the state and is struck there; what becomes of it is for others to wait for. */
  void suffer() {
    try {
      faultCase.state().reach(this);
      link().strike(faultCase.fault(), faultCase.ways());
      // Who has a session and nothing to ask needn't notice anything; so it asks.
      late = opening().thenCompose(session -> session.call("late"));
      link().release(Way.TO_SERVER);
      link().release(Way.TO_CLIENT);
    } catch (Throwable e) {
      trouble = e;
    } finally {
      gate.open();
    }
  }

  void forget() {
    if (proxy != null) {
      proxy.close();
    }
    if (faultCase.state() == FaultState.GOING_AWAY) {
      server.close();
    }
  }

  @Override
  public String toString() {
    return faultCase.toString();
  }
}
