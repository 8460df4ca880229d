package dev.mooring.session;

import dev.mooring.access.Tenant;
import dev.mooring.guest.GuestModule;
import dev.mooring.guest.SpaceRefused;
import dev.mooring.state.StateException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session that outlives its connections: what it is known by, what it has said that wasn't
 * acknowledged, and for how long it waits for its client.
 *
 * <pre>
 * OPENING ──> ALIVE ──── taken over ────> MOVING ──── on its new loop ────> ALIVE
 *    │          │  ^                                       └── no memory ──> ASLEEP
 *    │          │  └──────────── memory again, taken over ──────────────────────┤
 *    └──────────┴───────────────────── ended, expired ──────────────────────────┴──> OVER
 * </pre>
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
    ASLEEP,
    OVER
  }

  private static final Logger LOG = LoggerFactory.getLogger(KeptSession.class);

  /** So many tokens of a session hold; then the oldest doesn't any more. Each name's use is one. */
  static final int MAX_TOKENS = 16;

  /** When there was no memory for a session that came here, that is tried again after so long. */
  private static final long RETRY_MILLIS = 1_000;

  private final KeptSessions all;
  private final KeptSessions.Account account;
  private final KeptSessions.@Nullable Name name;
  private final String module;
  private final @Nullable String tenantName;
  private final OpenRequest.Keep wanted;

  /** Its tokens' digests, the oldest first. */
  private final List<String> tokenDigests = new ArrayList<>(1);

  /** Whoever wants it while it is being opened, or on its way. */
  private final List<Runnable> waiting = new ArrayList<>(0);

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

  /** When its time without a connection is over, on the clock of the day. */
  private long expiresAtMillis;

  private Loop.@Nullable Timer timer;

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
    this.wanted = wanted;
    this.tenant = tenant;
    this.tenantName = tenant == null ? null : tenant.name();
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

  /** Where it is at home. Any thread: it may have gone elsewhere by then. */
  SessionLoop home() {
    return home;
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

  List<String> tokenDigests() {
    return tokenDigests;
  }

  void addTokenDigest(String digest) {
    if (tokenDigests.size() == MAX_TOKENS) {
      all.removeToken(tokenDigests.removeFirst());
    }
    tokenDigests.add(digest);
  }

  /** What it has said, within these limits from the first on. */
  UnacknowledgedMessages messages(KeepLimits limits) {
    if (messages == null) {
      messages = new UnacknowledgedMessages(limits, account);
    }
    return messages;
  }

  /** Its session was opened. */
  void opened(Session opened, GuestModule of) {
    KeepLimits limits = opened.terms().limits().keep();
    ttlMillis = limits.grantMillis(wanted.ttlMillis());
    guest = of;
    session = opened;
    phase = Phase.ALIVE;
    letWaiting();
  }

  private void letWaiting() {
    waiting.forEach(home.loop()::execute);
    waiting.clear();
  }

  /** Its session wasn't opened, or has ended. */
  void over() {
    if (phase != Phase.OVER) {
      phase = Phase.OVER;
      session = null;
      record = null;
      stopTimer();
      all.remove(this);
      account.close();
      letWaiting();
    }
  }

  /** What its client is told. */
  Keeping told(boolean isResumed, String token, long committedId, KeepLimits limits) {
    return new Keeping(
        token,
        ttlMillis,
        Durability.MEMORY,
        name == null ? "" : name.name(),
        isResumed,
        committedId,
        limits);
  }

  String newToken() {
    return all.newToken(this);
  }

  /** It has a client. */
  void attached() {
    stopTimer();
  }

  /** It has none any more: its time without one begins. */
  void detached() {
    expiresAtMillis = home.loop().currentTimeMillis() + ttlMillis;
    if (expiresAtMillis < 0) {
      expiresAtMillis = Long.MAX_VALUE;
    }
    watch();
  }

  private void stopTimer() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  /** Looks again when its time without a connection is over, or its life. */
  private void watch() {
    Session waits = session;
    if (waits == null) {
      return;
    }
    stopTimer();
    long until = Math.min(expiresAtMillis, waits.terms().endMillis());
    if (until != SessionLifetime.NEVER) {
      long millis = Math.max(1, until - home.loop().currentTimeMillis());
      timer = home.loop().schedule(this::look, millis);
    }
  }

  private void look() {
    timer = null;
    Session waits = session;
    if (waits == null || waits.isAttached()) {
      return;
    }
    long now = home.loop().currentTimeMillis();
    if (now >= expiresAtMillis) {
      waits
          .ending()
          .close(
              new EndReason.Failed(
                  new Problem(
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
   * loop. Who comes to where it isn't any more is sent after it.
   */
  void takeOver(SessionLoop asked, SessionResumption resumption) {
    SessionLoop at = home;
    if (at != asked) {
      at.loop().execute(() -> takeOver(at, resumption));
      return;
    }
    switch (phase) {
      case OPENING, MOVING -> waiting.add(() -> takeOver(at, resumption));
      case OVER -> resumption.refused(SessionResumption.notFound("it is over"));
      case ALIVE, ASLEEP -> giveUp(resumption);
    }
  }

  private void giveUp(SessionResumption resumption) {
    GuestModule of = guest;
    SessionTerms terms = termsIfMovable();
    if (of == null || terms == null) {
      resumption.refused(SessionResumption.notFound("it is ending"));
      return;
    }
    long said = messages(terms.limits().keep()).lastSequence();
    Problem problem = resumption.check(terms, of, said);
    if (problem != null) {
      resumption.refused(problem);
      return;
    }
    stopTimer();
    if (session != null) {
      record = session.giveUp();
      session = null;
    }
    phase = Phase.MOVING;
    SessionLoop next = resumption.home();
    next.loop().execute(() -> arrive(next, of, resumption));
    home = next; // Only now: who reads it comes after.
  }

  private @Nullable SessionTerms termsIfMovable() {
    if (session != null) {
      return session.mayMove() ? session.terms() : null;
    }
    return record == null ? null : record.terms();
  }

  /** It is on its new loop. Its client may be gone by now, and it goes on all the same. */
  private void arrive(SessionLoop at, GuestModule of, SessionResumption resumption) {
    assert at == home && phase == Phase.MOVING : phase;
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
    if (sleeping == null) {
      return null;
    }
    try {
      session = home.resume(sleeping, of, tenant, this);
      record = null;
      phase = Phase.ALIVE;
      return null;
    } catch (SpaceRefused e) {
      phase = Phase.ASLEEP;
      timer = home.loop().schedule(() -> wakeAgain(of), RETRY_MILLIS);
      return Outcomes.openFailed(e.outcome());
    } catch (StateException e) {
      LOG.atError().addKeyValue("session", sleeping.terms().id()).setCause(e).log("lost");
      over();
      return new Problem(ErrorCode.SESSION_NOT_FOUND, SessionResumption.NOT_FOUND);
    }
  }

  /** Its timers don't run without memory, and its time doesn't stand still. */
  private void wakeAgain(GuestModule of) {
    timer = null;
    wake(of);
    if (session != null) {
      watch();
    } else if (home.loop().currentTimeMillis() >= expiresAtMillis) {
      over();
    }
  }
}
