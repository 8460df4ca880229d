package dev.mooring.loadtest;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.mooring.proto.ResultReader;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Opened;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One event loop of the test: its callers, what they share, and what is measured of them.
 *
 * <p>Everything runs on the event loop but what says otherwise.
 */
final class LoadLoop {
  /** How often is looked for what took too long. */
  private static final long LOOK_NS = 50 * Ticks.MILLI;

  /** Callers that are asked whether they are open before one that isn't gets a call. */
  private static final int CALLERS_TRIED = 8;

  private final LoadPlan plan;
  private final Shared shared;
  private final EventLoop eventLoop;
  private final SplittableRandom random;
  private final Payloads payloads;
  private final long callTimeoutNs;
  private final Tally tally;
  private final Dialing dialing;
  private final ResultReader reader = new ResultReader();
  private final List<Caller> callers = new ArrayList<>();
  private List<Caller> touched = new ArrayList<>();
  private List<Caller> spare = new ArrayList<>();
  private boolean flushing;
  private int nextCaller;
  private boolean generating;
  private @Nullable Pacer pacer;

  /** Calls of an open loop that haven't been sent. */
  private int waiting;

  private final int waitingAtMost;

  private String boundTo = "";
  private @Nullable CallMix mix;

  /** Nothing new is scheduled. */
  private volatile boolean stopping;

  /** Connections end, and none is made. */
  private volatile boolean finishing;

  /** Whether nobody waits for an answer; looked at now and then. */
  private volatile boolean idle;

  private volatile boolean gone;
  private volatile int settled;
  private volatile long threadId;

  /** What loops have in common. */
  record Shared(
      Network network,
      ClientMessage opening,
      List<ByteBuf> payloads,
      Window window,
      ErrorLog errors,
      Failures failures) {}

  LoadLoop(LoadPlan plan, Shared shared, EventLoop eventLoop, int index) {
    this.plan = plan;
    this.shared = shared;
    this.eventLoop = eventLoop;
    this.random = new SplittableRandom(plan.seed() + index);
    this.payloads = Payloads.of(plan.payload(), shared.payloads(), random.split());
    this.callTimeoutNs = plan.schedule().call().toNanos();
    this.dialing = new Dialing(eventLoop, plan.connecting() / plan.eventLoops());
    this.waitingAtMost = Math.max(1, plan.backlog() / plan.eventLoops());
    long count = plan.schedule().count();
    // The first loops take what doesn't divide.
    long share = count / plan.eventLoops() + (index < count % plan.eventLoops() ? 1 : 0);
    this.tally =
        new Tally(shared.window(), shared.errors(), plan.schedule().call(), share, count > 0);
  }

  /** Before the loop runs: one more caller. */
  void addCaller(SocketAddress server, @Nullable SocketAddress source) {
    callers.add(new Caller(this, server, source));
  }

  // ---- any thread ----

  /**
   * One caller goes ahead. Who has no server to talk to so learns it at once, and what is loaded
   * and compiled for the first connection isn't part of the others' times.
   */
  void pilot() {
    eventLoop.execute(
        () -> {
          threadId = Thread.currentThread().threadId();
          callers.getFirst().untimed = true;
          dialing.enqueue(callers.getFirst());
          eventLoop.scheduleWithFixedDelay(this::look, LOOK_NS, LOOK_NS, NANOSECONDS);
        });
  }

  /** The others connect, evenly over the ramp. */
  void start(long rampNs) {
    eventLoop.execute(
        () -> {
          for (int i = 1; i < callers.size(); i++) {
            dialing.enqueueLater(callers.get(i), rampNs * i / callers.size());
          }
        });
  }

  /** Calls begin: at once in a closed loop, at their time in an open one. */
  void generate(long rampNs) {
    eventLoop.execute(
        () -> {
          generating = true;
          if (plan.load() instanceof Load.OpenLoop open) {
            double share = (double) callers.size() / plan.connections();
            pacer = new Pacer(this, open, share, rampNs, random.split());
            pacer.start();
          } else {
            pumpAll();
          }
        });
  }

  /** Schedules nothing more; what is scheduled is still sent, and awaited. */
  void stop() {
    eventLoop.execute(
        () -> {
          if (pacer != null) {
            pacer.catchUp(shared.window().endNs());
          }
          stopping = true;
        });
  }

  /** Ends the connections in good order. */
  void finish() {
    finishing = true;
    eventLoop.execute(() -> callers.forEach(caller -> caller.finish(Ticks.now())));
  }

  /** Ends the connections. */
  void cut() {
    finishing = true;
    eventLoop.execute(() -> callers.forEach(Caller::cut));
  }

  /** Whether every call has its answer, or has been given up. */
  boolean isIdle() {
    return idle;
  }

  /** Whether there is no connection any more. */
  boolean isGone() {
    return gone;
  }

  /** How many callers have come through their first attempt. */
  int settledCallers() {
    return settled;
  }

  Recorders recorders() {
    return tally.recorders();
  }

  /** The loop's thread; 0 before it has run. */
  long threadId() {
    return threadId;
  }

  boolean isStopping() {
    return stopping;
  }

  boolean isFinishing() {
    return finishing;
  }

  // ---- what callers ask for ----

  Tally tally() {
    return tally;
  }

  Dialing dialing() {
    return dialing;
  }

  LoadPlan plan() {
    return plan;
  }

  Network network() {
    return shared.network();
  }

  EventLoop eventLoop() {
    return eventLoop;
  }

  ClientMessage opening() {
    return shared.opening();
  }

  ResultReader reader() {
    return reader;
  }

  Payloads payloads() {
    return payloads;
  }

  SplittableRandom random() {
    return random;
  }

  int pipeline() {
    return plan.load().pipeline();
  }

  boolean isOpenLoop() {
    return plan.load() instanceof Load.OpenLoop;
  }

  long callTimeoutNs() {
    return callTimeoutNs;
  }

  /** Whether a closed loop's caller may make one more call. */
  boolean mayCall(long now) {
    return generating && !stopping && !isOpenLoop() && tally.mayCall(now);
  }

  /** The plan's calls as this session's functions; most sessions have the same. */
  CallMix bind(Opened opened) {
    String module = opened.getModuleDigest() + ' ' + opened.getServer();
    CallMix bound = mix;
    if (bound == null || !module.equals(boundTo)) {
      bound = CallMix.bind(plan.calls(), opened);
      mix = bound;
      boundTo = module;
    }
    return bound;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // Only the event loop writes.
  void settled() {
    settled++;
  }

  // ---- calls ----

  /** The time of a call has come: an open loop gives it to the next caller. */
  void arrive(long intendedNs, long now) {
    if (!tally.mayCall(intendedNs)) {
      return;
    }
    tally.scheduled(intendedNs);
    tally.lagged(intendedNs, now);
    Caller caller = pick();
    if (waiting >= waitingAtMost) {
      tally.failed(
          intendedNs, "BACKLOG_FULL", "too many calls waited in this client; see --backlog");
      return;
    }
    waiting++;
    caller.calls.schedule(intendedNs);
    touch(caller);
  }

  /** A call that {@link #arrive} gave to a caller is on its way. */
  void departed() {
    waiting--;
  }

  /** Whether a session was ever opened here: then one that isn't is no reason to give up. */
  boolean hasOpened() {
    return tally.recorders().opened.get() > 0;
  }

  /** Whether calls are being made, so that a session's first call comes at once. */
  boolean isGenerating() {
    return generating;
  }

  private Caller pick() {
    Caller first = next();
    Caller picked = first;
    for (int tried = 1; tried < CALLERS_TRIED && !picked.isOpen(); tried++) {
      picked = next();
    }
    return picked.isOpen() ? picked : first;
  }

  private Caller next() {
    Caller next = callers.get(nextCaller);
    nextCaller = nextCaller + 1 == callers.size() ? 0 : nextCaller + 1;
    return next;
  }

  /** The caller has something to send, when this event is done. */
  void touch(Caller caller) {
    if (!caller.touched) {
      caller.touched = true;
      touched.add(caller);
      if (!flushing) {
        flushing = true;
        eventLoop.execute(this::pumpTouched);
      }
    }
  }

  /** Sends what touched callers have. */
  void pumpTouched() {
    flushing = false;
    List<Caller> now = touched;
    touched = spare;
    spare = now;
    long time = Ticks.now();
    for (int i = 0; i < now.size(); i++) {
      Caller caller = now.get(i);
      caller.touched = false;
      caller.pump(time);
    }
    now.clear();
  }

  private void pumpAll() {
    for (Caller caller : callers) {
      caller.pump(Ticks.now());
    }
  }

  void connectionFailed(String code, String message) {
    if (!finishing) {
      tally.recorders().connectionsFailed.add(1);
      shared.errors().add(code, message);
    }
  }

  /** The test makes no sense any more. */
  void fail(LoadFailure failure) {
    shared.failures().add(failure);
  }

  private void look() {
    long now = Ticks.now();
    boolean awaited = false;
    boolean linked = false;
    for (int i = 0; i < callers.size(); i++) {
      Caller caller = callers.get(i);
      caller.look(now);
      awaited |= caller.calls.hasAwaited();
      linked |= caller.hasLink();
    }
    idle = !awaited && (stopping || tally.isSpent());
    gone = finishing && !linked;
  }
}
