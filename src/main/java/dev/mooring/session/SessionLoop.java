package dev.mooring.session;

import dev.mooring.access.Authority;
import dev.mooring.guest.GuestLoop;
import dev.mooring.guest.GuestRuntime;
import dev.mooring.guest.Invocation;
import io.netty.buffer.ByteBufAllocator;
import java.util.LinkedHashSet;
import java.util.List;
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

  private static final int FIRST_BUFFER_BYTES = 4 * 1024;

  private final Loop loop;
  private final GuestLoop guests;
  private final Invocation invocation;
  private final Turns turns;
  private final CallQueue.Spare spareCalls = new CallQueue.Spare();
  private final ModuleSource modules;
  private SessionLimits limits;
  private final Authority authority;
  private final LoopCounters counters = new LoopCounters();
  private final GuestLogs logs;
  private final Set<Session> sessions = new LinkedHashSet<>();
  private int goodbyes;

  /** Why no session begins any more; null while they do. */
  private @Nullable String drainMessage;

  /** For sessions that anybody may open. */
  public SessionLoop(Loop loop, GuestRuntime runtime, ModuleSource modules, SessionLimits limits) {
    this(loop, runtime, modules, limits, Authority.OPEN_HOUSE);
  }

  /**
   * For sessions of those whom an authority knows.
   *
   * @param limits what holds for a connection until its module is known
   */
  public SessionLoop(
      Loop loop,
      GuestRuntime runtime,
      ModuleSource modules,
      SessionLimits limits,
      Authority authority) {
    this.loop = loop;
    this.authority = authority;
    this.guests = new GuestLoop(runtime);
    this.modules = modules;
    this.limits = limits;
    this.invocation =
        new Invocation(
            ByteBufAllocator.DEFAULT.heapBuffer(FIRST_BUFFER_BYTES),
            ByteBufAllocator.DEFAULT.heapBuffer(FIRST_BUFFER_BYTES));
    this.turns = new Turns(loop);
    this.logs = new GuestLogs(loop, runtime.logBudget());
  }

  /** A session for a new connection; one that has ended already if the loop drains. */
  public Session connect(Peer peer) {
    assert loop.inLoop();
    var session = new Session(this, peer);
    sessions.add(session);
    if (drainMessage != null) {
      session.goAway(drainMessage);
    }
    return session;
  }

  /** Asks every session of this loop to end in good order, and those that come later at once. */
  public void drain(String message) {
    assert loop.inLoop();
    drainMessage = message;
    List.copyOf(sessions).forEach(session -> session.goAway(message));
  }

  /** Ends every session of this loop now; what waits is refused. */
  public void stop() {
    assert loop.inLoop();
    List.copyOf(sessions).forEach(Session::stop);
  }

  /** Gives back what the loop's sessions shared. None may be left. */
  public void close() {
    assert loop.inLoop();
    guests.close();
    invocation.close();
  }

  public int sessionCount() {
    return sessions.size();
  }

  /** Adds what this loop's sessions have come to. */
  public void addTo(SessionCounts.Sum sum) {
    assert loop.inLoop();
    counters.addTo(sum);
    sum.logLinesDropped += logs.dropped();
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

  GuestLogs logs() {
    return logs;
  }

  Turns turns() {
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

  SessionLimits limits() {
    return limits;
  }

  /** How long a connection's {@code Open} may be, in bytes. */
  public int openBytes() {
    return limits.openBytes();
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

  void ended(Session session) {
    sessions.remove(session);
  }
}
