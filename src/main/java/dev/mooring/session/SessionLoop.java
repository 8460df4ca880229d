package dev.mooring.session;

import dev.mooring.access.Authority;
import dev.mooring.access.Tenant;
import dev.mooring.capsule.CapsuleWriter;
import dev.mooring.guest.GuestLoop;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.SpaceRefused;
import dev.mooring.guest.call.Invocation;
import dev.mooring.state.StateException;
import io.netty.buffer.ByteBufAllocator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the sessions of one event loop share: the loop, its guests, its turns.
 *
 * <p>Event loop only, but for the constructor.
 */
public final class SessionLoop {
  /**
   * How many sessions whose clients may be gone wait for a turn in which their guests hear of it.
   * Beyond that they end without: nobody can pile up sessions that are counted nowhere any more.
   */
  static final int MAX_GOODBYES = 256;

  /** How often {@link #tick} is called. */
  static final int TICKS_PER_SECOND = 4;

  private static final int FIRST_BUFFER_BYTES = 4 * 1024;

  private final Loop loop;
  private final GuestLoop guests;
  private final Invocation invocation;
  private final TurnScheduler turns;
  private final CallQueue.Spare spareCalls = new CallQueue.Spare();
  private final ModuleSource modules;
  private SessionLimits limits;
  private final Authority authority;
  private final LoopCounters counters = new LoopCounters();
  private final GuestLogs logs;

  /** Those that live here, by id. */
  private final Map<String, Session> sessions = new LinkedHashMap<>();

  /** Those that have no session, or none yet. */
  private final Set<Conversation> conversations = new LinkedHashSet<>();

  private final SessionDirectory directory;
  private final KeptSessions kept;
  private final IdleSessions idle = new IdleSessions();
  private final WakeQueue wakes;
  private final MessageRing.Spares spareRings = new MessageRing.Spares();
  private @Nullable CallTimings timings;
  private @Nullable CallTracer tracer;
  private @Nullable CapsuleWriter capsules;
  private int arrivals;

  /** How many calls have been timed since the last tick. */
  private int timed;

  private int now;
  private boolean stopped;
  private int goodbyes;

  /** Why no session begins any more; null while they do. */
  private @Nullable String drainMessage;

  /** For sessions that anybody may open, on the only loop. */
  public SessionLoop(Loop loop, GuestRuntime runtime, ModuleSource modules, SessionLimits limits) {
    this(
        loop,
        runtime,
        modules,
        limits,
        Authority.OPEN_HOUSE,
        new SessionDirectory(),
        new KeptSessions(KeptLimits.DEFAULTS));
  }

  /**
   * For sessions of those whom an authority knows.
   *
   * @param limits what holds for a connection until its module is known
   * @param directory of all the server's loops
   * @param kept those of all the server's loops
   */
  public SessionLoop(
      Loop loop,
      GuestRuntime runtime,
      ModuleSource modules,
      SessionLimits limits,
      Authority authority,
      SessionDirectory directory,
      KeptSessions kept) {
    this.directory = directory;
    this.kept = kept;
    this.loop = loop;
    this.wakes = new WakeQueue(loop);
    this.authority = authority;
    this.guests = new GuestLoop(runtime);
    this.modules = modules;
    this.limits = limits;
    this.invocation =
        new Invocation(
            ByteBufAllocator.DEFAULT.heapBuffer(FIRST_BUFFER_BYTES),
            ByteBufAllocator.DEFAULT.heapBuffer(FIRST_BUFFER_BYTES));
    this.turns = new TurnScheduler(loop);
    this.logs = new GuestLogs(loop, runtime.logBudget());
  }

  /** A conversation on a new connection; one that has ended already if the loop drains. */
  public Conversation connect(Peer peer) {
    assert loop.inLoop();
    var conversation = new Conversation(this, peer);
    conversations.add(conversation);
    if (drainMessage != null) {
      conversation.goAway(drainMessage);
    }
    return conversation;
  }

  /**
   * Makes a session of a record, on this loop. It is on no connection yet.
   *
   * @param module the one that the record's state is of
   * @param tenant who has been let have another session, and has one less if this fails; null where
   *     nobody is asked who they are
   * @throws StateException if the state is none of the module's
   * @throws SpaceRefused if there is no memory for its guest
   */
  public Session resume(SessionRecord record, GuestModule module, @Nullable Tenant tenant)
      throws StateException, SpaceRefused {
    return resume(record, module, tenant == null ? null : new TenantShare(tenant, true), null);
  }

  /**
   * Makes a session of a record of a kept one, whose tenant doesn't count it as on a connection.
   */
  Session resume(
      SessionRecord record, GuestModule module, @Nullable Tenant tenant, KeptSession kept)
      throws StateException, SpaceRefused {
    return resume(record, module, tenant == null ? null : new TenantShare(tenant, false), kept);
  }

  private Session resume(
      SessionRecord record,
      GuestModule module,
      @Nullable TenantShare share,
      @Nullable KeptSession kept)
      throws StateException, SpaceRefused {
    assert loop.inLoop();
    if (share == null) {
      return Session.resume(this, module, record, null, kept);
    }
    boolean resumed = false;
    share.begin(guests);
    try {
      Session session = Session.resume(this, module, record, share, kept);
      resumed = true;
      return session;
    } finally {
      if (!resumed) {
        share.leave();
      }
      share.end(guests, 0, loop.nanoTime());
    }
  }

  /** Asks all of this loop to end in good order, and those that come later at once. */
  public void drain(String message) {
    assert loop.inLoop();
    drainMessage = message;
    List.copyOf(conversations).forEach(conversation -> conversation.goAway(message));
    List.copyOf(sessions.values()).forEach(session -> session.ending().goAway(message));
  }

  /** Whether nothing begins any more. */
  public boolean isDraining() {
    assert loop.inLoop();
    return drainMessage != null;
  }

  /** Ends all of this loop now; what waits is refused. */
  public void stop() {
    assert loop.inLoop();
    stopped = true;
    List.copyOf(conversations).forEach(conversation -> conversation.goAway("the server stops"));
    for (Session session : List.copyOf(sessions.values())) {
      if (session.outlivesProcess()) {
        session.leaveToStore();
      } else {
        session.ending().stop();
      }
    }
  }

  /** Whether nothing begins here any more, nor wakes. */
  boolean isStopped() {
    return stopped;
  }

  /** Gives back what the loop's sessions shared. None may be left. */
  public void close() {
    assert loop.inLoop();
    guests.close();
    invocation.close();
  }

  /** How many sessions live here. */
  public int sessionCount() {
    return sessions.size();
  }

  /**
   * How many sessions, and connections without one, are to end before a drain is over. Those that
   * are kept and on no connection needn't.
   */
  public int leftToDrain() {
    int left = conversations.size();
    for (Session session : sessions.values()) {
      if (session.isAttached() || !session.outlivesClient()) {
        left++;
      }
    }
    return left;
  }

  /** Adds what this loop's sessions have come to. */
  public void addTo(SessionCounts.Sum sum) {
    assert loop.inLoop();
    counters.addTo(sum);
    sum.logLinesDropped += logs.dropped();
  }

  /** What the loop does for its sessions {@value #TICKS_PER_SECOND} times a second. */
  public void tick() {
    now++;
    timed = 0;
    guests.tick();
    idle.look(this);
  }

  /** A clock by which it is known how long a session has been idle: it goes on at each tick. */
  int now() {
    return now;
  }

  /** Kept sessions with which something is to be done by itself, some time. */
  WakeQueue wakes() {
    return wakes;
  }

  /** Room for what kept sessions say. */
  MessageRing.Spares spareRings() {
    return spareRings;
  }

  /** Stored sessions that have a space here. */
  IdleSessions idle() {
    return idle;
  }

  /** How long this loop's sessions have run, in nanoseconds. */
  public long busyNanos() {
    return turns.busyNanos();
  }

  /** How many turns here ran for longer than they should. */
  public long overdrafts() {
    return turns.overdrafts();
  }

  /** How long the running call has gone on since it was to stop; 0 if there is none. Any thread. */
  public long overdueNanos() {
    return guests.overdueNanos();
  }

  /** The thread that runs guests here, once it has run one. Any thread. */
  public @Nullable Thread guestThread() {
    return guests.thread();
  }

  /** Guest instances that exist on this loop. */
  public int liveSpaces() {
    return guests.liveSpaces();
  }

  Loop loop() {
    return loop;
  }

  GuestLoop guests() {
    return guests;
  }

  Invocation invocation() {
    return invocation;
  }

  LoopCounters counters() {
    return counters;
  }

  TurnScheduler turns() {
    return turns;
  }

  CallQueue.Spare spareCalls() {
    return spareCalls;
  }

  ModuleSource modules() {
    return modules;
  }

  Authority authority() {
    return authority;
  }

  /** Those that outlive their connections, of all loops. */
  KeptSessions kept() {
    return kept;
  }

  SessionLimits limits() {
    return limits;
  }

  /** How long a connection's {@code Open} may be, in bytes. */
  public int openBytes() {
    return limits.openBytes();
  }

  /** How long a connection may take until its {@code Open} has come, in milliseconds. */
  public int firstMessageMillis() {
    return limits.firstMessageMillis();
  }

  /** What sessions that come later may use before their module says more. */
  public void limits(SessionLimits changed) {
    assert loop.inLoop();
    limits = changed;
  }

  /** Whether one more may wait to say goodbye; then it must {@link #removeGoodbye}. */
  boolean tryAddGoodbye() {
    if (goodbyes == MAX_GOODBYES) {
      return false;
    }
    goodbyes++;
    return true;
  }

  void removeGoodbye() {
    goodbyes--;
  }

  /** A conversation has got its session: its end is the session's affair. */
  void hasSession(Conversation conversation) {
    conversations.remove(conversation);
  }

  /** A conversation is over that had no session. */
  void endedWithoutSession(Conversation conversation) {
    conversations.remove(conversation);
  }

  /** A session lives here from now on, which never did anywhere. */
  void opened(Session session) {
    counters.opened();
    came(session);
  }

  /** A session lives here from now on. */
  void came(Session session) {
    directory.add(session.id(), this);
    sessions.put(session.id(), session);
  }

  /** A session lives here no more. */
  void went(Session session) {
    sessions.remove(session.id());
    directory.remove(session.id());
  }

  /** From now on one call in {@link CallTimings#EVERY} is timed, as long as they aren't many. */
  public void timings(CallTimings told) {
    assert loop.inLoop();
    timings = told;
  }

  /** From now on calls whose trace is sampled are spans. */
  public void tracer(CallTracer told) {
    assert loop.inLoop();
    tracer = told;
  }

  /** Who makes a span of a call that is part of this trace, or of none; null if nobody does. */
  @Nullable CallTracer tracerOf(@Nullable TraceParent trace) {
    return trace != null && trace.isSampled() ? tracer : null;
  }

  /** What is logged from now on is about a call of this trace; null: of none. */
  void logFor(@Nullable TraceParent trace) {
    logs.trace(trace);
  }

  /** The trace that what is logged now is about; null: none. */
  @Nullable TraceParent loggedTrace() {
    return logs.trace();
  }

  /** From now on calls that fail make capsules, as far as the writer wants them. */
  public void capsules(CapsuleWriter writer) {
    assert loop.inLoop();
    capsules = writer;
    guests.record();
  }

  /** Makes capsules of calls that fail; null if nobody does. */
  @Nullable CapsuleWriter capsules() {
    return capsules;
  }

  /**
   * The time, if the call that has come is to be timed; else 0.
   *
   * @param isWanted whether somebody looks on, or it may be a span, and so it is in any case
   */
  long arrivalNanos(boolean isWanted) {
    boolean isSample =
        timings != null
            && (++arrivals & (CallTimings.EVERY - 1)) == 0
            && timed < CallTimings.MOST_PER_TICK;
    timed += isSample ? 1 : 0;
    return isSample || isWanted ? loop.nanoTime() : 0;
  }

  /** How long a call took that was timed. */
  void took(String module, long waitedNanos, long ranNanos) {
    if (timings != null) {
      timings.took(OpenRequest.moduleName(module), waitedNanos, ranNanos);
    }
  }

  /** A session that lives here; null if it doesn't. */
  @Nullable Session session(String id) {
    assert loop.inLoop();
    return sessions.get(id);
  }

  /** Where all loops' sessions are known. Any thread. */
  SessionDirectory directory() {
    return directory;
  }

  /** Takes the words of a session's guest. */
  GuestLogger loggerOf(SessionTerms terms) {
    return new GuestLogger(logs, terms.limits().log(), terms.id(), terms.module(), terms.tenant());
  }
}
