package dev.mooring.session;

import static java.util.Objects.requireNonNull;

import dev.mooring.access.Tenant;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.SpaceRefused;
import dev.mooring.state.StateException;
import dev.mooring.store.StoreWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session that outlives its connections: what it is known by, what it has said that wasn't
 * acknowledged, and for how long it waits for its client.
 *
 * <pre>
 * OPENING ──> ALIVE ──── taken over ────> MOVING ──── on its new loop ────> ALIVE
 *    │          │  ^                                       └── no memory ──> NO_MEMORY
 *    │          │  ├──────────── memory again, taken over ──────────────────────┤
 *    │          │  ├───────────────── read ────────────── LOADING               │
 *    │          │  │                                         ^ wanted           │
 *    │          │  └── idle, and without a connection ──> STORED               │
 *    └──────────┴───────────────────── ended, expired ──────────────────────────┴──> OVER
 * </pre>
 *
 * <p>Idle on a connection it stays alive, and its {@link Session} sleeps: what it is is in the
 * store then, too, but who it is on is known here.
 *
 * <p>It is at home on one event loop, where all is done with it; a connection on another that goes
 * on with it takes it there, as a record. Whoever asks on a loop that it has left is sent after it.
 *
 * <p>Event loop only, its home's, but for what says otherwise.
 */
final class KeptSession {
  private enum Phase {
    OPENING,
    ALIVE,
    MOVING,
    NO_MEMORY,
    STORED,
    LOADING,
    OVER
  }

  private static final Logger LOG = LoggerFactory.getLogger(KeptSession.class);

  /**
   * So many tokens of a session are known, of which the last one holds: whoever comes by name gets
   * another, and who comes with one before is told that the session is theirs now.
   */
  static final int MAX_TOKENS = 16;

  /** When there was no memory for a session that came here, that is tried again after so long. */
  private static final long RETRY_MILLIS = 1_000;

  /** When one that was to wake by itself couldn't be read, that is tried again after so long. */
  private static final long RELOAD_MILLIS = 60_000;

  private final KeptSessions all;
  private final KeptSessions.Account account;
  private KeptSessions.@Nullable Name name;
  private final String module;
  private final @Nullable String tenantName;
  private final long wantedTtlMillis;

  /** Null if it ends with the process. */
  private final @Nullable StoredSession stored;

  /** Its id, once it has one. Any thread. */
  private volatile String storedId = "";

  /** Whether it has been in the store. Any thread. */
  private volatile boolean isInStore;

  /** Its tokens' digests, the oldest first. */
  private List<TokenDigest> tokenDigests = List.of();

  /** Whoever wants it while it is being opened, or on its way. */
  private List<SessionResumption> waiting = List.of();

  /** Any thread may ask. */
  private volatile SessionLoop home;

  private Phase phase = Phase.OPENING;
  private long ttlMillis;
  private @Nullable UnacknowledgedMessages messages;
  private @Nullable Tenant tenant;
  private @Nullable GuestModule guest;

  /** While it is alive. */
  private @Nullable Session session;

  /** While it is on its way, or there is no memory for it. */
  private @Nullable SessionRecord record;

  /** While it is nowhere but in the store. */
  private @Nullable KeptHead head;

  /** The last one that was alive: what it said may still wait to be safe. */
  private @Nullable Session last;

  /** When its time without a connection is over, on the clock of the day. */
  private long expiresAtMillis;

  /** When something is to be done with it by itself, and where it waits for that: the queue's. */
  long wakeAtMillis;

  int wakePlace = WakeQueue.NOWHERE;

  /** When something was done with it last, on its loop's clock; only if it is stored. */
  private int usedAt;

  /** Where it waits to be looked at whether it is idle; null if it needn't be. */
  private IdleSessions.@Nullable Place place;

  /** Whether it is to sleep as soon as it is idle, however long it was. */
  private boolean sleepsSoon;

  /** Whether its session sleeps, and is being read. */
  private boolean isWaking;

  /** Whether it is over here, and perhaps goes on on another server. */
  private boolean isGone;

  private KeptSession(
      SessionLoop home,
      KeptSessions.Account account,
      KeptSessions.@Nullable Name name,
      OpenRequest request,
      OpenRequest.Keep wanted,
      @Nullable Tenant tenant) {
    this.home = home;
    this.all = home.kept();
    this.account = account;
    this.name = name;
    this.module = request.module();
    this.wantedTtlMillis = wanted.ttlMillis();
    this.tenant = tenant;
    this.tenantName = tenant == null ? null : tenant.name();
    Durability durability = requireNonNull(Durability.of(wanted.durability()));
    this.stored =
        durability == Durability.MEMORY
            ? null
            : StoredSession.ofNew(this, requireNonNull(all.writer()), durability);
  }

  /** One that was stored by an earlier process. */
  private KeptSession(SessionLoop home, KeptHead head, StoreWriter writer, long incarnation) {
    this.home = home;
    this.all = home.kept();
    this.tenant = head.tenant() == null ? null : home.authority().named(head.tenant());
    this.account = all.reopen(tenant);
    this.name =
        head.name().isEmpty()
            ? null
            : new KeptSessions.Name(
                head.tenant(), OpenRequest.moduleName(head.module()), head.name());
    this.module = head.module();
    this.wantedTtlMillis = head.ttlMillis();
    this.ttlMillis = head.ttlMillis();
    this.tenantName = head.tenant();
    this.stored = StoredSession.ofKnown(this, writer, head.durability(), incarnation);
    this.storedId = head.id();
    this.isInStore = true;
    this.head = head;
    this.phase = Phase.STORED;
    this.tokenDigests = head.tokenDigests();
  }

  /**
   * Makes one known again that another process has stored; before anybody can ask for it here.
   *
   * @param incarnation as what this server has it
   * @param lostMillis when that process was found to have ended, in milliseconds since 1970; 0 if
   *     it has only now
   */
  static KeptSession recover(
      SessionLoop home, KeptHead head, StoreWriter writer, long incarnation, long lostMillis) {
    var recovered = new KeptSession(home, head, writer, incarnation);
    if (head.expiresMillis() == 0) { // Its connection ended with that process.
      recovered.expireIn(head.ttlMillis(), lostMillis);
    } else {
      recovered.expiresAtMillis = head.expiresMillis();
    }
    recovered.all.fellAsleep();
    home.kept().addRecovered(recovered);
    return recovered;
  }

  /** What came of the wish for a new one. */
  sealed interface Made {
    /** It is there, and being opened. */
    record New(KeptSession kept) implements Made {}

    /** Another has its name. */
    record Existing(KeptSession kept) implements Made {}

    /** There are as many as there may be. */
    record TooMany() implements Made {}
  }

  /** A new one, for a session that is about to be opened on a loop. */
  static Made make(
      SessionLoop home,
      OpenRequest request,
      OpenRequest.Keep wanted,
      KeptSessions.@Nullable Name name,
      @Nullable Tenant tenant) {
    KeptSessions.Account account = home.kept().open(tenant);
    if (account == null) {
      return new Made.TooMany();
    }
    var made = new KeptSession(home, account, name, request, wanted, tenant);
    KeptSession existing = home.kept().add(name, made);
    if (existing != null) {
      account.close();
      return new Made.Existing(existing);
    }
    return new Made.New(made);
  }

  /** Does something where it is at home, wherever it has gone meanwhile. Any thread. */
  void execute(Runnable task) {
    SessionLoop at = home;
    at.loop()
        .execute(
            () -> {
              if (home == at) {
                task.run();
              } else {
                execute(task);
              }
            });
  }

  /** The reference of its module that its first client gave. Any thread. */
  String module() {
    return module;
  }

  KeptSessions.@Nullable Name name() {
    return name;
  }

  /** Whether it is of this tenant; null where nobody is asked who they are. Any thread. */
  boolean isOf(@Nullable Tenant asking) {
    return asking == null ? tenantName == null : asking.name().equals(tenantName);
  }

  /** What can be seen of it as one that is kept. */
  SessionLook.Kept look() {
    boolean attached = session != null && session.isAttached();
    return new SessionLook.Kept(
        name == null ? "" : name.name(),
        stored == null ? Durability.MEMORY : stored.durability(),
        ttlMillis,
        attached ? 0 : expiresAtMillis,
        account.heldBytes());
  }

  /**
   * What can be seen of it if it is in the store only; null if it isn't.
   *
   * @param at the loop that asks
   * @param loop that loop's number
   * @param digest of one of its tokens: of several only the last one gives an answer
   */
  @Nullable SessionLook lookAtStored(SessionLoop at, int loop, TokenDigest digest) {
    KeptHead sleeping = head;
    if (home != at || sleeping == null || !digest.equals(tokenDigests.getLast())) {
      return null;
    }
    return new SessionLook(
        sleeping.id(),
        sleeping.module(),
        sleeping.moduleDigest(),
        sleeping.tenant(),
        SessionLook.State.ASLEEP,
        loop,
        "",
        look(),
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        sleeping.dueMillis() == KeptHead.NO_TIMER ? 0 : 1,
        0,
        0);
  }

  /** The loop that it is at home on. Any thread. */
  SessionLoop home() {
    return home;
  }

  /** Ends it, if it is in the store only. */
  void endStored() {
    if (phase == Phase.STORED) {
      over();
    }
  }

  /**
   * Has it put to sleep as soon as it is idle, however long it was.
   *
   * @return why not; null if so
   */
  @Nullable String sleepSoon() {
    if (stored == null) {
      return "the session is in no store, and would be lost";
    }
    if (phase != Phase.ALIVE || isAsleep()) {
      return "the session has no memory now";
    }
    sleepsSoon = true;
    watchIdle(home.now());
    return null;
  }

  List<TokenDigest> tokenDigests() {
    return tokenDigests;
  }

  void addTokenDigest(TokenDigest digest) {
    var digests = new ArrayList<>(tokenDigests);
    if (digests.size() == MAX_TOKENS) {
      all.removeToken(digests.removeFirst());
    }
    digests.add(digest);
    tokenDigests = List.copyOf(digests);
  }

  /** Its id, if it is in a store. Any thread. */
  String storedId() {
    return storedId;
  }

  /** Whether it has been in the store, and isn't only on its way there. Any thread. */
  boolean isInStore() {
    return isInStore;
  }

  /** Whether this is what a shared store knows it as. Any thread. */
  boolean isIncarnation(long incarnation) {
    return stored != null && stored.incarnation() == incarnation;
  }

  /** What it has said, within these limits from the first on. */
  UnacknowledgedMessages messages(KeepLimits limits) {
    if (messages == null) {
      messages = new UnacknowledgedMessages(limits, account, () -> home.spareRings());
    }
    return messages;
  }

  /** Its session was opened. */
  void opened(Session opened, GuestModule of) {
    KeepLimits limits = opened.terms().limits().keep();
    ttlMillis = limits.grantMillis(wantedTtlMillis);
    guest = of;
    if (stored != null) {
      storedId = opened.id();
      all.addStored(this);
    }
    alive(opened);
    letWaiting();
  }

  private void alive(Session now) {
    session = now;
    last = now;
    phase = Phase.ALIVE;
    watchIdle(home.now());
  }

  private void letWaiting() {
    takeWaiting().forEach(resumption -> execute(() -> takeOver(resumption)));
  }

  private List<SessionResumption> takeWaiting() {
    List<SessionResumption> waited = waiting;
    waiting = List.of();
    return waited;
  }

  private void await(SessionResumption resumption) {
    if (waiting.isEmpty()) {
      waiting = new ArrayList<>(1);
    }
    waiting.add(resumption);
  }

  private void refuseWaiting(Problem why) {
    takeWaiting().forEach(resumption -> resumption.refused(why));
  }

  /** Its session wasn't opened, or has ended: nobody can go on with it, nor after a restart. */
  void over() {
    if (phase != Phase.OVER) {
      if (stored != null && (session != null || record != null || head != null)) {
        stored.remove(id());
      }
      leave();
    }
  }

  /** It is here no more; what is stored of it stays. */
  void leave() {
    if (phase != Phase.OVER) {
      if (isSleeping()) {
        all.woke();
      }
      phase = Phase.OVER;
      session = null;
      record = null;
      head = null;
      stopTimer();
      all.remove(this);
      account.close();
      letWaiting();
    }
  }

  /**
   * It isn't this server's any more. Its client loses its connection, and comes back to wherever
   * the session is now; or it is told that it has lost it to another, if it had it in good faith.
   *
   * @param isTaken whether another server has it; else nobody has
   */
  void gone(boolean isTaken) {
    if (phase == Phase.MOVING) {
      execute(() -> gone(isTaken)); // It arrives first.
      return;
    }
    if (phase == Phase.OVER) {
      return;
    }
    boolean isTheirs = stored != null && stored.isAttachmentSafe();
    Session spoke = last;
    last = null;
    isGone = true;
    refuseWaiting(elsewhere());
    leave();
    if (spoke != null) {
      spoke.lose(
          isTaken && isTheirs ? new EndReason.Failed(taken()) : new EndReason.Disconnected());
    }
  }

  private static Problem elsewhere() {
    return new Problem(
        ErrorCode.SERVER_OVERLOADED, "the session has just gone to another server; try again");
  }

  private String id() {
    if (session != null) {
      return session.id();
    }
    return record != null ? record.terms().id() : requireNonNull(head).id();
  }

  /** Its place in the store; null if it ends with the process. */
  @Nullable StoredSession stored() {
    return stored;
  }

  /** Writes what it is now, if that isn't what is stored. */
  void store() {
    if (stored != null && session != null && stored.isChanged()) {
      stored.write(requireNonNull(guest), session, heads(session, stored));
    }
  }

  /** What its head is, by when its first timer is due. */
  private LongFunction<KeptHead> heads(Session of, StoredSession in) {
    SessionTerms terms = of.terms();
    return dueMillis ->
        new KeptHead(
            terms.id(),
            module,
            requireNonNull(guest).digest(),
            requireNonNull(guest).imageDigest(),
            tenantName,
            name == null ? "" : name.name(),
            in.durability(),
            tokenDigests,
            ttlMillis,
            terms.endMillis(),
            of.isAttached() ? 0 : expiresAtMillis,
            dueMillis);
  }

  /** A write is safe, and all before it. */
  void safe(long write) {
    if (!isInStore) {
      isInStore = true;
    }
    if (last != null) {
      last.safe(write);
    }
    if (!waiting.isEmpty() && isAsleep()) {
      wakeUp();
    }
  }

  private boolean isAsleep() {
    return session != null && session.isAsleep();
  }

  /** Has it looked at when it may have been idle for long enough to sleep. */
  private void watchIdle(int since) {
    if (stored != null) {
      place =
          sleepsSoon
              ? home.idle().addFirst(this, home.now())
              : home.idle().add(this, since + all.idleTicks());
    }
  }

  /** Puts it to sleep if nothing was done with it for a while. */
  void sleepIfIdle(SessionLoop at, IdleSessions.Place from) {
    if (at != home || place != from) {
      return; // It has gone elsewhere, or has another place.
    }
    place = null;
    Session idle = session;
    if (phase != Phase.ALIVE || idle == null || stored == null || stored.failure() != null) {
      return;
    }
    if (!idle.isAsleep() && !sleepsSoon && home.now() - usedAt < all.idleTicks()) {
      watchIdle(usedAt);
    } else if (!sleep(idle, stored)) {
      watchIdle(home.now() - all.idleTicks() + 1); // Soon.
    }
  }

  /** Goes to sleep, or a step towards it; false if it is to be looked at again. */
  private boolean sleep(Session idle, StoredSession in) {
    if (in.isChanged()) {
      store();
    }
    if (in.awaited() != 0 || isWaking) {
      return false;
    }
    if (!idle.isAsleep()) {
      if (!idle.maySleep() || !all.mayWriteMore()) {
        return false;
      }
      if (!in.isWhole()) {
        in.writeWhole(requireNonNull(guest), idle, heads(idle, in));
        return false;
      }
      idle.sleep();
      sleepsSoon = false;
      all.fellAsleep();
      wakeAt(in.dueMillis());
    }
    if (!idle.isAttached()) {
      KeptHead sleeping = heads(idle, in).apply(in.dueMillis());
      idle.leave();
      last = null;
      toStored(sleeping);
      watchStored();
    }
    return true;
  }

  /** Its session sleeps, and is wanted: it wakes as soon as what it is can be read. */
  void wakeUp() {
    Session sleeping = session;
    if (sleeping == null || stored == null || isWaking || stored.awaited() != 0) {
      return; // When what is written is safe, this is asked again.
    }
    stopTimer();
    isWaking = true;
    stored.read(
        sleeping.id(),
        body -> ifStillThere(sleeping, () -> wakeUp(sleeping, body)),
        why -> ifStillThere(sleeping, () -> lost(sleeping.id(), why)),
        why -> ifStillThere(sleeping, () -> notReadNow(why)));
  }

  /** What was to be read is here. Its session may have ended meanwhile. */
  @SuppressWarnings("ReferenceEquality") // Whether it is still the one.
  private void ifStillThere(Session sleeping, Runnable next) {
    if (session == sleeping && !home.isStopped()) {
      next.run();
    }
    isWaking = false; // Not before: that its timers are due makes it want to wake.
  }

  /** It goes on to sleep: the store can't be had for now. */
  private void notReadNow(Problem why) {
    refuseWaiting(why);
    wakeIn(RETRY_MILLIS);
  }

  private void wakeUp(Session sleeping, KeptBody body) {
    try {
      sleeping.wakeUp(body);
      all.woke();
      watchIdle(home.now());
      letWaiting();
    } catch (SpaceRefused e) {
      refuseWaiting(Outcomes.openFailed(e.outcome()));
      wakeIn(RETRY_MILLIS);
    } catch (StateException e) {
      lost(sleeping.id(), String.valueOf(e.getMessage()));
    } catch (RuntimeException | Error e) {
      refuseWaiting(Problem.ofOurs());
      failed(e);
    }
  }

  /** Whether it counts as one that sleeps. */
  private boolean isSleeping() {
    return phase == Phase.STORED || phase == Phase.LOADING || isAsleep();
  }

  /** It is nowhere but in the store from now on. */
  private void toStored(KeptHead sleeping) {
    head = sleeping;
    session = null;
    guest = null;
    messages = null;
    account.holdsNothing();
    phase = Phase.STORED;
    stopTimer();
  }

  /** Nothing is written any more: what was run ahead of the store is thrown away. */
  void storeFailed() {
    if (session != null && stored != null) {
      if (!isAsleep()) {
        all.fellAsleep();
      }
      toStored(heads(session, stored).apply(KeptHead.NO_TIMER));
    }
    if (last != null) {
      last.lose(
          new EndReason.Failed(
              new Problem(
                  ErrorCode.STORE_FAILED,
                  "the server's store failed; the session is as it was when it last was safe")));
      last = null;
    }
  }

  /** What its client is told. */
  Keeping told(boolean isResumed, String token, long committedId, KeepLimits limits) {
    return new Keeping(
        token,
        ttlMillis,
        stored == null ? Durability.MEMORY : stored.durability(),
        name == null ? "" : name.name(),
        isResumed,
        committedId,
        limits);
  }

  String newToken() {
    changedHead();
    return all.newToken(this);
  }

  /**
   * Nothing runs in it any more, and only its client is still to hear of it: its name is free, from
   * the moment on at which the store has been told so.
   */
  void giveUpName() {
    KeptSessions.Name given = name;
    name = null;
    changedHead();
    store();
    if (given != null) {
      all.removeName(given, this);
    }
  }

  /** It isn't what is stored any more. */
  void changed() {
    if (stored != null) {
      stored.change();
      usedAt = home.now();
    }
  }

  /** Nor is its head. */
  private void changedHead() {
    if (stored != null) {
      stored.changeHead();
      usedAt = home.now();
    }
  }

  /** It has a client. */
  void attached() {
    changedHead();
    if (stored != null) {
      stored.attached();
    }
    stopTimer();
  }

  /** It has none any more: its time without one begins. */
  void detached() {
    changedHead();
    expireIn(ttlMillis);
    watch();
    if (isAsleep()) {
      watchIdle(home.now() - all.idleTicks()); // What is left of it here is needed no more.
    }
  }

  private void expireIn(long millis) {
    expireIn(millis, 0);
  }

  private void expireIn(long millis, long sinceMillis) {
    expiresAtMillis = (sinceMillis == 0 ? home.loop().currentTimeMillis() : sinceMillis) + millis;
    if (expiresAtMillis < 0) {
      expiresAtMillis = Long.MAX_VALUE;
    }
  }

  private void stopTimer() {
    home.wakes().remove(this);
  }

  private void wakeIn(long millis) {
    wakeAt(home.loop().currentTimeMillis() + millis);
  }

  /** Something is to be done with it by itself then; {@link Long#MAX_VALUE} for never. */
  private void wakeAt(long millis) {
    if (millis == Long.MAX_VALUE) {
      stopTimer();
    } else {
      home.wakes().add(this, millis);
    }
  }

  /** It is time for what is to be done with it by itself. */
  void due() {
    switch (phase) {
      case ALIVE -> {
        if (isAsleep() && !isTimeOver()) {
          wakeUp();
        } else {
          endIfTimeIsOver();
        }
      }
      case NO_MEMORY -> wakeAgain(requireNonNull(guest));
      case STORED -> load();
      case OPENING, MOVING, LOADING, OVER -> {}
    }
  }

  /** Whether it has been without a connection for as long as it may. */
  private boolean isTimeOver() {
    return session != null
        && !session.isAttached()
        && home.loop().currentTimeMillis() >= expiresAtMillis;
  }

  /** Looks again when its time without a connection is over, or its life. */
  private void watch() {
    if (session != null) {
      wakeAt(Math.min(expiresAtMillis, session.terms().endMillis()));
    }
  }

  private void endIfTimeIsOver() {
    Session waits = session;
    if (waits == null || waits.isAttached()) {
      return;
    }
    long now = home.loop().currentTimeMillis();
    if (now >= expiresAtMillis) {
      Problem lost = waits.lost();
      waits
          .ending()
          .close(
              new EndReason.Failed(
                  lost != null
                      ? lost
                      : new Problem(
                          ErrorCode.SESSION_EXPIRED, "nobody came back for " + ttlMillis + " ms")));
    } else {
      waits.ending().endOfLife();
      if (session != null) {
        watch();
      }
    }
  }

  /**
   * Takes it away from whoever has it, for a connection that goes on with it, perhaps on another
   * loop.
   */
  void takeOver(SessionResumption resumption) {
    if (isSuperseded(resumption)) {
      resumption.refused(taken());
      return;
    }
    if (resumption.isByName() && name == null) {
      resumption.refused(resumption.gone("its name was given up"));
      return;
    }
    switch (phase) {
      case OPENING, MOVING, LOADING -> await(resumption);
      case STORED -> {
        Problem failed = requireNonNull(stored).failure();
        if (failed == null) {
          await(resumption);
          load();
        } else {
          resumption.refused(failed);
        }
      }
      case OVER -> resumption.refused(isGone ? elsewhere() : resumption.gone("it is over"));
      case ALIVE, NO_MEMORY -> {
        if (isAsleep()) {
          await(resumption);
          wakeUp();
        } else {
          giveUp(resumption);
        }
      }
    }
  }

  /** Has it woken when it wants something, while it sleeps in the store. */
  void watchStored() {
    if (head != null && phase == Phase.STORED) {
      wakeAt(Math.min(head.dueMillis(), Math.min(expiresAtMillis, head.endMillis())));
    }
  }

  private void load() {
    KeptHead sleeping = head;
    if (phase != Phase.STORED || stored == null || sleeping == null) {
      return;
    }
    stopTimer();
    if (stored.failure() != null || home.isStopped()) {
      return; // It sleeps until the next start.
    }
    phase = Phase.LOADING;
    SessionLoop at = home;
    at.wakes().loadBegins();
    stored.load(
        sleeping,
        home.modules(),
        new StoredSession.Loaded() {
          @Override
          public void loaded(KeptBody body, GuestModule of, SessionLimits allowed) {
            ended(() -> loadedOrFailed(sleeping, body, of, allowed));
          }

          @Override
          public void notNow(Problem why) {
            ended(() -> notLoaded(why));
          }

          @Override
          public void lost(String why) {
            ended(() -> KeptSession.this.lost(sleeping.id(), why));
          }

          private void ended(Runnable how) {
            if (phase == Phase.LOADING) { // Else it has gone meanwhile.
              how.run();
            }
            at.wakes().loadEnds();
          }
        });
  }

  private void loadedOrFailed(
      KeptHead sleeping, KeptBody body, GuestModule of, SessionLimits allowed) {
    try {
      loaded(sleeping, body, of, allowed);
    } catch (RuntimeException | Error e) {
      refuseWaiting(Problem.ofOurs());
      failed(e);
    }
  }

  private void loaded(KeptHead sleeping, KeptBody body, GuestModule of, SessionLimits allowed) {
    long memoryBytes = (long) body.state().memoryPages() << 16;
    SessionLimits limits =
        allowed.grant(body.limits(), Math.max(memoryBytes, of.initialMemoryBytes()));
    var terms =
        new SessionTerms(
            sleeping.id(),
            sleeping.module(),
            body.config(),
            limits,
            sleeping.tenant(),
            body.bornMillis(),
            sleeping.endMillis());
    guest = of;
    record =
        new SessionRecord(terms, body.state(), body.takenMillis(), body.lastDoneId(), body.lost());
    messages(limits.keep()).restore(body.messages());
    head = null;
    phase = Phase.NO_MEMORY;
    all.woke();
    if (waiting.isEmpty()) {
      wakeAgain(of);
    } else { // Who waits for it may be refused, and then it wakes by itself.
      wakeIn(RETRY_MILLIS);
    }
    letWaiting();
  }

  /** It stays in the store: what it takes to wake it isn't there for now. */
  private void notLoaded(Problem problem) {
    phase = Phase.STORED;
    refuseWaiting(problem);
    if (home.loop().currentTimeMillis() < expiresAtMillis) {
      wakeIn(RELOAD_MILLIS);
    } else {
      over();
    }
  }

  /** Nobody can go on with it; what there is of it stays in the store, for people to look at. */
  private void lost(String id, String why) {
    LOG.atError().addKeyValue("session", id).log("a stored session is lost: {}", why);
    all.lost();
    Session attached = session;
    leave();
    if (attached != null) {
      attached.lose(
          new EndReason.Failed(
              new Problem(ErrorCode.SESSION_LOST, "what was stored of the session is damaged")));
    }
  }

  private void giveUp(SessionResumption resumption) {
    GuestModule of = guest;
    SessionTerms terms = termsIfMovable();
    if (of == null || terms == null) {
      resumption.refused(resumption.gone("it is ending"));
      return;
    }
    long said = messages(terms.limits().keep()).lastSequence();
    Problem problem = resumption.check(terms, of, said);
    if (problem == null && stored != null) {
      problem = stored.failure();
    }
    if (problem != null) {
      resumption.refused(problem);
      return;
    }
    if (session != null) {
      record = session.giveUp();
      session = null;
    }
    stopTimer(); // Not before: its time without a client began when that was let go.
    phase = Phase.MOVING;
    SessionLoop next = resumption.home();
    // Whoever comes there before it waits for it, and nothing is touched here any more.
    home = next;
    next.loop().execute(() -> arrive(of, resumption));
  }

  /** Whether it is of a program that has lost the session to one that came by its name. */
  private boolean isSuperseded(SessionResumption resumption) {
    return !resumption.isByName()
        && phase != Phase.OVER
        && !TokenDigest.of(resumption.token()).equals(tokenDigests.getLast());
  }

  /** What a client is told that has lost its session to another. */
  static Problem taken() {
    return new Problem(
        ErrorCode.SESSION_TAKEN,
        "another connection goes on with this session; this one doesn't any more");
  }

  private @Nullable SessionTerms termsIfMovable() {
    if (session != null) {
      return session.mayMove() ? session.terms() : null;
    }
    return record == null ? null : record.terms();
  }

  /** It is on its new loop. Its client may be gone by now, and it goes on all the same. */
  private void arrive(GuestModule of, SessionResumption resumption) {
    assert phase == Phase.MOVING : phase;
    try {
      receive(of, resumption);
    } catch (RuntimeException | Error e) {
      resumption.refused(Problem.ofOurs());
      failed(e);
    }
  }

  /** Our own failure: here it is over; what is stored of it stays. */
  private void failed(Throwable cause) {
    if (session != null) {
      session.ending().crashed(cause);
    } else {
      LOG.atError().setCause(cause).log("the server failed, and a kept session with it");
      leave();
    }
  }

  private void receive(GuestModule of, SessionResumption resumption) {
    tenant = resumption.tenant();
    Problem problem = wake(of);
    Session awake = session;
    if (awake != null) {
      resumption.arrived(awake);
    } else if (problem != null) {
      resumption.refused(problem);
    }
    if (awake == null || !awake.isAttached()) {
      detached();
    }
    letWaiting();
  }

  private @Nullable Problem wake(GuestModule of) {
    SessionRecord sleeping = record;
    if (sleeping == null || home.isStopped()) {
      return null;
    }
    try {
      alive(home.resume(sleeping, of, tenant, this));
      record = null;
      return null;
    } catch (SpaceRefused e) {
      phase = Phase.NO_MEMORY;
      wakeIn(RETRY_MILLIS);
      return Outcomes.openFailed(e.outcome());
    } catch (StateException e) {
      LOG.atError()
          .addKeyValue("session", sleeping.terms().id())
          .log("a kept session is lost: {}", e.getMessage());
      leave();
      return new Problem(ErrorCode.SESSION_NOT_FOUND, SessionResumption.NOT_FOUND);
    }
  }

  /** Its timers don't run without memory, and its time doesn't stand still. */
  private void wakeAgain(GuestModule of) {
    if (home.isStopped()) {
      return;
    }
    wake(of);
    if (session != null) {
      watch();
    } else if (home.loop().currentTimeMillis() >= expiresAtMillis) {
      over();
    }
  }
}
