package dev.mooring.server;

import static dev.mooring.server.RawClient.i64;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import com.google.protobuf.ByteString;
import dev.mooring.client.CallRequest;
import dev.mooring.client.CallResult;
import dev.mooring.client.CloseReason;
import dev.mooring.client.ErrorCode;
import dev.mooring.client.GoAwayReason;
import dev.mooring.client.MooringClient;
import dev.mooring.client.MooringException;
import dev.mooring.client.MooringSession;
import dev.mooring.client.OpenOptions;
import dev.mooring.client.SessionEnd;
import dev.mooring.client.SessionListener;
import dev.mooring.client.TlsOptions;
import dev.mooring.client.Value;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.server.FaultProxy.Fault;
import dev.mooring.server.FaultProxy.Link;
import dev.mooring.server.FaultProxy.Pace;
import dev.mooring.server.FaultProxy.Way;
import dev.mooring.session.OnFailure;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.ConnectionLimits;
import dev.mooring.transport.DoorConfig;
import dev.mooring.transport.DoorLimits;
import dev.mooring.transport.DoorReason;
import dev.mooring.transport.TlsConfig;
import dev.mooring.transport.TransportConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/**
 * What networks do to a connection, at each state of its session: nobody waits for ever, everybody
 * is told what was wrong, nothing is left behind, and other sessions notice nothing.
 *
 * <p>All victims are struck before the first test, one after the other, since most of them then
 * take their time to find out; each test looks at what became of one.
 */
@Timeout(120)
final class FaultProxyIT {
  private static final long SEED = Long.getLong("mooring.fault.seed", System.nanoTime());
  private static final int PATIENCE_SECONDS = 20;

  // The server finds out long before the client does, so that it can be told which of them it was.
  private static final int HANDSHAKE_MILLIS = 1_500;
  private static final int FIRST_MESSAGE_MILLIS = 700;
  private static final int FRAME_AGE_MILLIS = 700;
  private static final int STALL_MILLIS = 1_000;
  private static final int IDLE_MILLIS = 1_200;
  private static final int LINGER_MILLIS = 300;
  private static final Duration CLIENT_PATIENCE = Duration.ofSeconds(4);

  /** A guest's own time isn't the matter here. */
  private static final int CALL_MILLIS = 30_000;

  private static final int QUEUED_CALLS = 10;
  private static final int LARGE_BYTES = 1 << 20;
  private static final int EVENTS = 20;
  private static final int EVENT_BYTES = 5_000;
  private static final int BYSTANDERS = 4;
  private static final int STEPS = 80;
  private static final String GUEST_LOG = "dev.mooring.guest.log";

  @TempDir static Path modules;
  @TempDir static Path files;

  private static final Gate GATE = new Gate();
  private static final Defects DEFECTS = new Defects();
  private static final List<Victim> VICTIMS = new ArrayList<>();
  private static final List<Bystander> BYSTANDING = new ArrayList<>();
  private static final AtomicInteger COMPILED = new AtomicInteger();

  private static @Nullable Pki pki;
  private static MooringServer plainServer;
  private static MooringServer tlsServer;
  private static MooringClient plainClient;
  private static MooringClient tlsClient;

  /** Where a session stands when the fault strikes. */
  enum State {
    /** The server has a connection, and nothing else. */
    CONNECTED("counter") {
      @Override
      void reach(Victim victim) throws Exception {
        victim.open(link -> link.hold(Way.TO_SERVER, 0), session -> {});
        victim.link().awaitHeld(Way.TO_SERVER);
      }
    },
    HALF_OF_OPEN_SENT("counter") {
      @Override
      void reach(Victim victim) throws Exception {
        victim.open(link -> link.hold(Way.TO_SERVER, 8), session -> {});
        victim.link().awaitHeld(Way.TO_SERVER);
      }
    },
    /** The module is new to the server. */
    COMPILING("lines") {
      @Override
      void reach(Victim victim) throws Exception {
        victim.module = newModule(victim.module);
        victim.open(link -> link.hold(Way.TO_CLIENT, 0), session -> {});
        victim.link().awaitPassed(Way.TO_SERVER);
      }
    },
    /** The guest is in {@code mooring_open}. */
    OPENING("lifecycle") {
      @Override
      void reach(Victim victim) throws Exception {
        GATE.close();
        victim.config = Map.of("open", "log");
        victim.open(link -> {}, session -> {});
        GATE.awaitArrival();
      }
    },
    IDLE("counter") {
      @Override
      void reach(Victim victim) throws Exception {
        victim.openAndWait(session -> {});
      }
    },
    HALF_OF_CALL_SENT("echo") {
      @Override
      void reach(Victim victim) throws Exception {
        MooringSession session = victim.openAndWait(opened -> {});
        victim.link().hold(Way.TO_SERVER, LARGE_BYTES / 2);
        victim.callEcho(session);
        victim.link().awaitHeld(Way.TO_SERVER);
      }
    },
    /** Calls wait behind one that runs. */
    CALL_QUEUED("tally") {
      @Override
      void reach(Victim victim) throws Exception {
        GATE.close();
        victim.openAndWait(session -> victim.callAdd(session, QUEUED_CALLS));
        GATE.awaitArrival();
      }
    },
    CALL_RUNNING("tally") {
      @Override
      void reach(Victim victim) throws Exception {
        GATE.close();
        victim.openAndWait(session -> victim.callAdd(session, 1));
        GATE.awaitArrival();
      }
    },
    /** The rest of the result is more than the network holds, if nobody reads it. */
    RESULT_HALF_RECEIVED("echo") {
      @Override
      void reach(Victim victim) throws Exception {
        MooringSession session = victim.openAndWait(opened -> {});
        victim.link().hold(Way.TO_CLIENT, LARGE_BYTES / 2);
        victim.callEcho(session);
        victim.link().awaitHeld(Way.TO_CLIENT);
      }
    },
    EVENTS_HALF_RECEIVED("greedy") {
      @Override
      void reach(Victim victim) throws Exception {
        MooringSession session = victim.openAndWait(opened -> {});
        victim.link().hold(Way.TO_CLIENT, EVENTS / 2 * EVENT_BYTES);
        victim.callEvents(session);
        victim.link().awaitHeld(Way.TO_CLIENT);
      }
    },
    /** {@code Close} was read, and calls before it are not done. */
    CLOSING("tally") {
      @Override
      void reach(Victim victim) throws Exception {
        GATE.close();
        victim.openAndWait(
            session -> {
              victim.callAdd(session, QUEUED_CALLS);
              var _ = session.closeAsync();
            });
        GATE.awaitArrival();
      }
    },
    /** The server drains, and the promised calls are not done. */
    GOING_AWAY("tally") {
      @Override
      void reach(Victim victim) throws Exception {
        victim.server = start(null);
        GATE.close();
        victim.openAndWait(session -> victim.callAdd(session, QUEUED_CALLS));
        GATE.awaitArrival();
        victim.drained = CompletableFuture.supplyAsync(() -> drain(victim.server));
        // As soon as one call is done, the loop may say what it has to say.
        while (!victim.hasGoAway()) {
          GATE.letOnePass();
          Thread.sleep(10);
        }
      }
    },
    TLS_HANDSHAKE("counter") {
      @Override
      void reach(Victim victim) throws Exception {
        victim.open(link -> link.hold(Way.TO_CLIENT, 100), session -> {});
        victim.link().awaitHeld(Way.TO_CLIENT);
      }
    },
    TLS_IDLE("counter") {
      @Override
      void reach(Victim victim) throws Exception {
        IDLE.reach(victim);
      }
    },
    TLS_CALL_RUNNING("tally") {
      @Override
      void reach(Victim victim) throws Exception {
        CALL_RUNNING.reach(victim);
      }
    },
    TLS_RESULT_HALF_RECEIVED("echo") {
      @Override
      void reach(Victim victim) throws Exception {
        RESULT_HALF_RECEIVED.reach(victim);
      }
    },
    TLS_CLOSING("tally") {
      @Override
      void reach(Victim victim) throws Exception {
        CLOSING.reach(victim);
      }
    };

    final String module;

    State(String module) {
      this.module = module;
    }

    abstract void reach(Victim victim) throws Exception;

    boolean isTls() {
      return name().startsWith("TLS");
    }

    boolean isOpened() {
      return compareTo(IDLE) >= 0 && this != TLS_HANDSHAKE;
    }

    boolean isClosing() {
      return this == CLOSING || this == TLS_CLOSING;
    }
  }

  /** What the client still hears after a fault. */
  enum Hears {
    THE_SERVER,
    THE_END,
    NOTHING
  }

  /** A client whose connection a fault strikes. */
  static final class Victim {
    final State state;
    final Fault fault;
    final Set<Way> ways;
    final List<CompletableFuture<Void>> calls = new ArrayList<>();
    final AtomicInteger events = new AtomicInteger();
    final AtomicBoolean goAway = new AtomicBoolean();
    String module;
    Map<String, String> config = Map.of();
    MooringServer server;
    @Nullable CompletableFuture<Boolean> drained;
    @Nullable Throwable trouble;
    private @Nullable FaultProxy proxy;
    private @Nullable Link link;
    private @Nullable CompletableFuture<MooringSession> opening;
    private @Nullable CompletableFuture<CallResult> late;

    Victim(State state, Fault fault, Set<Way> ways) {
      this.state = state;
      this.fault = fault;
      this.ways = ways;
      this.module = state.module;
      this.server = state.isTls() ? tlsServer : plainServer;
    }

    /** Dials; what is to be done with the session is done on the event loop, before all else. */
    void open(Consumer<Link> first, Consumer<MooringSession> whenOpened) throws Exception {
      var dialled = new FaultProxy(server.address(), SEED, Pace.AT_ONCE, first);
      proxy = dialled;
      var client = state.isTls() ? tlsClient : plainClient;
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
      return OpenOptions.module(module)
          .withConfig(config)
          .withListener(listener)
          .withTimeouts(
              new OpenOptions.Timeouts(CLIENT_PATIENCE, CLIENT_PATIENCE, CLIENT_PATIENCE));
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
      byte[] payload = payload(LARGE_BYTES);
      calls.add(
          session.call("echo", payload).thenAccept(r -> assertArrayEquals(payload, r.output())));
    }

    void callEvents(MooringSession session) {
      calls.add(
          session
              .call("events", Value.i32(EVENTS), Value.i32(EVENT_BYTES))
              .thenAccept(r -> assertEquals(EVENTS, events.get())));
    }

    void suffer() {
      try {
        state.reach(this);
        link().strike(fault, ways);
        // Who has a session and nothing to ask needn't notice anything; so it asks.
        late = opening().thenCompose(session -> session.call("late"));
        link().release(Way.TO_SERVER);
        link().release(Way.TO_CLIENT);
      } catch (Throwable e) {
        trouble = e;
      } finally {
        GATE.open();
      }
    }

    Hears hears() {
      if (ways.contains(Way.TO_CLIENT)) {
        return fault == Fault.CUT ? Hears.NOTHING : Hears.THE_END;
      }
      return fault == Fault.RESET ? Hears.NOTHING : Hears.THE_SERVER;
    }

    /** Which errors opening the session may end with; none if it must succeed. */
    Set<ErrorCode> openingErrors() {
      if (state.isOpened()) {
        return Set.of();
      }
      if (state == State.TLS_HANDSHAKE) {
        // The client may have all that it needs for its part of the handshake.
        return hears() == Hears.THE_SERVER
            ? Set.of(ErrorCode.CONNECT_FAILED, ErrorCode.CONNECTION_LOST)
            : Set.of(ErrorCode.CONNECT_FAILED);
      }
      return switch (hears()) {
        case THE_END -> Set.of(ErrorCode.CONNECTION_LOST);
        case NOTHING -> Set.of(ErrorCode.OPEN_TIMEOUT);
        case THE_SERVER -> openingErrorsOfTheServer();
      };
    }

    private Set<ErrorCode> openingErrorsOfTheServer() {
      boolean cut = fault == Fault.CUT;
      return switch (state) {
        case CONNECTED -> Set.of(cut ? ErrorCode.FIRST_MESSAGE_TIMEOUT : ErrorCode.CONNECTION_LOST);
        case HALF_OF_OPEN_SENT ->
            cut
                ? Set.of(ErrorCode.FIRST_MESSAGE_TIMEOUT, ErrorCode.FRAME_TIMEOUT)
                : Set.of(ErrorCode.MALFORMED_FRAME);
        default -> Set.of();
      };
    }

    /** Which errors calls may end with that were made before; none if they must succeed. */
    Set<ErrorCode> callErrors() {
      if (hears() != Hears.THE_SERVER) {
        return Set.of(ErrorCode.CONNECTION_LOST);
      }
      if (state == State.HALF_OF_CALL_SENT) {
        return Set.of(fault == Fault.CUT ? ErrorCode.FRAME_TIMEOUT : ErrorCode.MALFORMED_FRAME);
      }
      return Set.of();
    }

    /** Which errors a call may end with that was made afterwards; it can't succeed. */
    Set<ErrorCode> lateErrors() {
      var errors = EnumSet.noneOf(ErrorCode.class);
      if (state.isClosing()) {
        errors.add(ErrorCode.SESSION_CLOSED);
      } else if (state == State.GOING_AWAY) {
        errors.add(ErrorCode.CALL_REFUSED);
      }
      if (hears() != Hears.THE_SERVER) {
        errors.add(ErrorCode.CONNECTION_LOST);
      } else if (errors.isEmpty()) {
        if (state == State.HALF_OF_CALL_SENT) {
          errors.addAll(callErrors());
        } else {
          errors.add(fault == Fault.CUT ? ErrorCode.IDLE_TIMEOUT : ErrorCode.CONNECTION_LOST);
        }
      }
      return errors;
    }

    /** Whether the session ends in good order all the same. */
    boolean endsWell() {
      return hears() == Hears.THE_SERVER && (state.isClosing() || state == State.GOING_AWAY);
    }

    void forget() {
      if (proxy != null) {
        proxy.close();
      }
      if (state == State.GOING_AWAY) {
        server.close();
      }
    }

    @Override
    public String toString() {
      return state + " " + fault + " " + ways;
    }
  }

  /** Calls all the while, past every proxy. */
  private static final class Bystander {
    private final AtomicBoolean done = new AtomicBoolean();
    private final CompletableFuture<Long> sum;

    Bystander(RawClient client) {
      client.open("counter");
      sum = new CompletableFuture<>();
      Thread.ofPlatform().start(() -> count(client));
    }

    private void count(RawClient client) {
      try (client) {
        long calls = 0;
        while (!done.get()) {
          calls++;
          assertEquals(calls, client.callI64("add", i64(1)));
          Thread.sleep(2);
        }
        sum.complete(calls);
      } catch (Throwable e) {
        sum.completeExceptionally(e);
      }
    }

    long end() throws Exception {
      done.set(true);
      return sum.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }

  /**
   * Keeps a session whose guest writes to the log, there and then: in the middle of a call, with
   * its event loop. A session that was let go is never kept again.
   */
  private static final class Gate extends UnsynchronizedAppenderBase<ILoggingEvent> {
    private final Set<String> free = new HashSet<>();
    private final Set<String> kept = new HashSet<>();
    private boolean closed;
    private int mayPass;

    synchronized void close() {
      closed = true;
    }

    synchronized void letOnePass() {
      mayPass = 1;
      notifyAll();
    }

    synchronized void open() {
      closed = false;
      mayPass = 0;
      free.addAll(kept);
      kept.clear();
      notifyAll();
    }

    synchronized void awaitArrival() throws InterruptedException {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (kept.isEmpty()) {
        assertTrue(System.nanoTime() < end, "no guest came");
        wait(TimeUnit.SECONDS.toMillis(1));
      }
    }

    @Override
    protected synchronized void append(ILoggingEvent event) {
      String session =
          event.getKeyValuePairs().stream()
              .filter(pair -> pair.key.equals("session"))
              .map(pair -> String.valueOf(pair.value))
              .findFirst()
              .orElseThrow();
      if (!closed || free.contains(session)) {
        return;
      }
      kept.add(session);
      notifyAll();
      try {
        while (mayPass == 0 && !free.contains(session)) {
          wait();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      mayPass = 0;
    }
  }

  /** Hears what only a defect of the server's would have it log. */
  private static final class Defects extends UnsynchronizedAppenderBase<ILoggingEvent> {
    final List<String> told = Collections.synchronizedList(new ArrayList<>());

    @Override
    protected void append(ILoggingEvent event) {
      // Netty says there, as a warning, that nobody wanted an exception.
      boolean isUnwanted = event.getLoggerName().endsWith("DefaultChannelPipeline");
      if (isUnwanted || event.getLevel().isGreaterOrEqual(Level.ERROR)) {
        told.add(event.toString());
      }
    }
  }

  private static byte[] payload(int bytes) {
    var payload = new byte[bytes];
    new Random(bytes).nextBytes(payload);
    return payload;
  }

  /** The same code under another name and with another digest. */
  private static String newModule(String name) throws IOException {
    int number = COMPILED.incrementAndGet();
    var bytes = new ByteArrayOutputStream();
    bytes.writeBytes(Files.readAllBytes(modules.resolve(name + ".wasm")));
    // A custom section with an empty name.
    bytes.writeBytes(new byte[] {0, 2, 0, (byte) number});
    String copy = name + "-" + number;
    Files.write(modules.resolve(copy + ".wasm"), bytes.toByteArray());
    return copy;
  }

  private static MooringServer start(@Nullable TlsConfig tls) throws IOException {
    var limits = SessionLimits.DEFAULTS;
    var session =
        new SessionLimits(
            limits.memoryBytes(),
            CALL_MILLIS,
            CALL_MILLIS,
            limits.outputBytes(),
            limits.eventsPerCall(),
            limits.timers(),
            limits.queuedCalls(),
            limits.queuedBytes(),
            limits.configEntries(),
            limits.configBytes(),
            FIRST_MESSAGE_MILLIS,
            OnFailure.ROLLBACK,
            limits.log());
    var transport = TransportConfig.DEFAULTS;
    return MooringServer.start(
        ServerConfig.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), modules)
            .withSession(session)
            .withTransport(
                new TransportConfig(
                    2,
                    transport.backlog(),
                    transport.frameBytes(),
                    transport.writeLowBytes(),
                    transport.writeHighBytes(),
                    LINGER_MILLIS,
                    transport.sickAfterMillis(),
                    ConnectionLimits.DEFAULTS.withTimes(
                        STALL_MILLIS, FRAME_AGE_MILLIS, IDLE_MILLIS),
                    DoorConfig.DEFAULTS
                        .withTls(tls)
                        .withLimits(DoorLimits.DEFAULTS.withHandshakeMillis(HANDSHAKE_MILLIS)))));
  }

  private static boolean drain(MooringServer server) {
    try {
      return server.drain();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeAll
  static void strike() throws Exception {
    System.out.println("FaultProxyIT: seed " + SEED);
    DEFECTS.start();
    log(Logger.ROOT_LOGGER_NAME).addAppender(DEFECTS);
    GATE.start();
    log(GUEST_LOG).setLevel(Level.INFO);
    log(GUEST_LOG).setAdditive(false);
    log(GUEST_LOG).addAppender(GATE);
    Guests.in(modules);
    pki = new Pki(files);
    pki.issueServer("server");
    plainServer = start(null);
    tlsServer = start(TlsConfig.of(pki.certificate("server"), pki.key("server")));
    plainClient = MooringClient.create();
    tlsClient = MooringClient.builder().tls(TlsOptions.trusting(pki.ca())).build();
    for (int i = 0; i < BYSTANDERS; i++) {
      BYSTANDING.add(new Bystander(new RawClient(plainServer.address())));
      BYSTANDING.add(new Bystander(overTls(tlsServer.address())));
    }
    for (State state : State.values()) {
      for (Fault fault : Fault.values()) {
        for (Set<Way> ways : waysToStrike()) {
          var victim = new Victim(state, fault, ways);
          VICTIMS.add(victim);
          victim.suffer();
        }
      }
    }
  }

  private static List<Set<Way>> waysToStrike() {
    return List.of(EnumSet.of(Way.TO_SERVER), EnumSet.of(Way.TO_CLIENT), EnumSet.allOf(Way.class));
  }

  private static Logger log(String name) {
    return (Logger) LoggerFactory.getLogger(name);
  }

  @AfterAll
  static void stop() {
    log(GUEST_LOG).detachAppender(GATE);
    log(GUEST_LOG).setAdditive(true);
    log(Logger.ROOT_LOGGER_NAME).detachAppender(DEFECTS);
    VICTIMS.forEach(Victim::forget);
    VICTIMS.clear();
    plainClient.close();
    tlsClient.close();
    plainServer.close();
    tlsServer.close();
  }

  static Stream<Victim> victims() {
    return VICTIMS.stream();
  }

  private static void assertFails(Victim victim, Set<ErrorCode> codes, CompletableFuture<?> future)
      throws Exception {
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
  void fault_atAnyState_isToldToWhoeverWaits(Victim victim) throws Exception {
    if (victim.trouble != null) {
      throw new AssertionError(victim + " couldn't be struck", victim.trouble);
    }
    if (!victim.openingErrors().isEmpty()) {
      assertFails(victim, victim.openingErrors(), victim.opening());
      return;
    }
    MooringSession session = victim.opening().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    for (CompletableFuture<Void> call : victim.calls) {
      if (victim.callErrors().isEmpty()) {
        call.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      } else if (victim.state != State.GOING_AWAY || !hasSucceeded(call)) {
        assertFails(victim, victim.callErrors(), call);
      }
    }
    assertFails(victim, victim.lateErrors(), victim.late());
    SessionEnd end = session.ended().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (victim.endsWell()) {
      var reason =
          victim.state == State.GOING_AWAY ? CloseReason.GONE_AWAY : CloseReason.CLIENT_CLOSED;
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
    for (MooringServer server : List.of(plainServer, tlsServer)) {
      Eventually.assertEventually(
          () -> server.sessionCount() == BYSTANDERS && server.liveSpaces() == BYSTANDERS,
          "the bystanders are left, and they alone");
    }
    for (Bystander bystander : BYSTANDING) {
      assertTrue(bystander.end() > 100);
    }
    for (MooringServer server : List.of(plainServer, tlsServer)) {
      Eventually.assertEventually(() -> server.sessionCount() == 0, "everybody is gone");
      assertEquals(0, server.liveSpaces());
      Eventually.assertEventually(() -> server.held().total() == 0, "nothing is held for them");
      assertEquals(0, server.counts().endings("INTERNAL"), server.counts()::toString);
    }
    Eventually.assertEventually(
        () -> handshakesCounted() == struckIn(State.TLS_HANDSHAKE), "every handshake is counted");
    assertEquals(List.of(), DEFECTS.told);
  }

  private static long struckIn(State state) {
    return VICTIMS.stream().filter(victim -> victim.state == state).count();
  }

  private static long handshakesCounted() {
    var door = tlsServer.doorCounts();
    assertEquals(0, door.of(DoorReason.HANDSHAKE_FAILED), door::toString);
    return door.of(DoorReason.HANDSHAKE_TIMEOUT) + door.of(DoorReason.HANDSHAKE_ABANDONED);
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

  /** A call of the guest {@code conformance}, and all that is heard of it. */
  record Step(String function, ByteString input, @Nullable Integer argument, List<String> heard) {
    static List<Step> conversation(Random random) {
      var steps = new ArrayList<Step>();
      long sum = 0;
      for (int i = 0; i < STEPS; i++) {
        int number = random.nextInt(5);
        steps.add(
            switch (random.nextInt(4)) {
              case 0 -> {
                sum += number;
                yield new Step("add", ByteString.EMPTY, number, List.of("sum " + sum));
              }
              case 1 -> {
                byte[] input = new byte[random.nextInt(5_000)];
                random.nextBytes(input);
                yield new Step("echo", ByteString.copyFrom(input), null, List.of(output(input)));
              }
              case 2 -> {
                var heard = new ArrayList<String>();
                for (int event = 1; event <= number; event++) {
                  heard.add("event " + event);
                }
                heard.add(output("sent".getBytes(UTF_8)));
                yield new Step("events", ByteString.EMPTY, number, heard);
              }
              default ->
                  new Step("fail", ByteString.copyFromUtf8("no"), null, List.of("GUEST_FAILED"));
            });
      }
      return steps;
    }

    static String output(byte[] bytes) {
      return bytes.length + " bytes, " + Arrays.hashCode(bytes);
    }

    CallRequest request() {
      var request = CallRequest.of(function).withInput(input.toByteArray());
      if (argument == null) {
        return request;
      }
      return request.withArguments(
          function.equals("add") ? Value.i64(argument) : Value.i32(argument));
    }

    void send(RawClient client) {
      if (argument == null) {
        client.sendCall(function, input.toByteArray());
      } else {
        client.sendCall(
            function,
            input.toByteArray(),
            function.equals("add") ? i64(argument) : RawClient.i32(argument));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("paces")
  void pace_whateverItIs_changesNoAnswerAndNoOrder(Pace pace, boolean isTls) throws Exception {
    List<Step> steps = Step.conversation(new Random(SEED));
    List<String> expected = steps.stream().flatMap(step -> step.heard.stream()).toList();
    try (var proxy = new FaultProxy((isTls ? tlsServer : plainServer).address(), SEED, pace)) {
      assertEquals(expected, heardByTheClient(isTls ? tlsClient : plainClient, proxy, steps));
      try (var raw = isTls ? overTls(proxy.address()) : new RawClient(proxy.address())) {
        assertEquals(expected, heardByARawClient(raw, steps));
      }
    }
  }

  private static List<String> heardByTheClient(
      MooringClient client, FaultProxy proxy, List<Step> steps) throws Exception {
    var heard = Collections.synchronizedList(new ArrayList<String>());
    var options =
        OpenOptions.module("conformance")
            .onEvent(event -> heard.add("event " + new String(event, UTF_8)));
    try (MooringSession session =
        client.open(proxy.address(), options).get(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      var answers = new ArrayList<CompletableFuture<?>>();
      for (Step step : steps) {
        // On the event loop, as events are: so what is heard is in order.
        answers.add(session.call(step.request()).handle((r, e) -> heard.add(described(r, e))));
      }
      for (CompletableFuture<?> answer : answers) {
        answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
      assertEquals(
          new SessionEnd.Closed(CloseReason.CLIENT_CLOSED),
          session.closeAsync().get(PATIENCE_SECONDS, TimeUnit.SECONDS));
    }
    return heard;
  }

  private static String described(@Nullable CallResult result, @Nullable Throwable failure) {
    if (result == null) {
      return failure instanceof MooringException e ? e.code().name() : String.valueOf(failure);
    }
    return result.values().isEmpty() ? Step.output(result.output()) : "sum " + result.i64();
  }

  private static List<String> heardByARawClient(RawClient client, List<Step> steps)
      throws Exception {
    client.open("conformance");
    var sending =
        CompletableFuture.runAsync(
            () -> {
              steps.forEach(step -> step.send(client));
              client.sendClose();
            });
    var heard = new ArrayList<String>();
    for (ServerMessage m = client.receive(); !m.hasClosed(); m = client.receive()) {
      heard.add(described(m));
    }
    client.assertEnded();
    sending.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    return heard;
  }

  private static String described(ServerMessage message) {
    return switch (message.getMessageCase()) {
      case EVENT -> "event " + message.getEvent().getPayload().toStringUtf8();
      case RESULT ->
          message.getResult().getValuesCount() == 0
              ? Step.output(message.getResult().getOutput().toByteArray())
              : "sum " + message.getResult().getValues(0).getI64();
      case ERROR -> message.getError().getCode().name();
      default -> message.toString();
    };
  }

  private static byte[] frame(ClientMessage message) throws IOException {
    var bytes = new ByteArrayOutputStream();
    message.writeDelimitedTo(bytes);
    return bytes.toByteArray();
  }

  /** At whichever byte a client's side ends, the server answers as the protocol has it. */
  @Test
  void end_afterEachByte_isAnsweredInOrder() throws Exception {
    byte[] open = frame(RawClient.openMessage("counter", Map.of()));
    byte[] call = frame(RawClient.callMessage(1, "add", new byte[0], i64(1)));
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
                plainServer.address(), SEED, Pace.AT_ONCE, link -> link.hold(Way.TO_SERVER, end));
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

  private static RawClient overTls(SocketAddress address) throws Exception {
    var port = ((InetSocketAddress) address).getPort();
    return new RawClient(pki().context(null).getSocketFactory().createSocket("localhost", port));
  }

  private static Pki pki() {
    if (pki == null) {
      throw new IllegalStateException("before the tests");
    }
    return pki;
  }
}
