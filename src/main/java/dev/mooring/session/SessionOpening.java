package dev.mooring.session;

import dev.mooring.guest.GuestModule;
import dev.mooring.guest.SpaceRefused;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A session that is being opened: its module is found, which may take a compile thread's time; then
 * its guest is initialised, in a turn like everything that runs guests.
 *
 * <p>Event loop only.
 */
final class SessionOpening extends MeteredTurn {
  /** Who wants the session. */
  interface Opener {
    /** It is there. */
    void opened(Session session);

    /** It won't be; nothing of it is left. */
    void failed(Problem problem);

    /** Our own failure. */
    void crashed(Throwable cause);
  }

  private final SessionLoop home;
  private final Peer peer;
  private final OpenRequest request;
  private final @Nullable TenantShare share;
  private final @Nullable KeptSession kept;
  private final Opener opener;
  private final String id;
  private @Nullable GuestModule module;
  private SessionLimits limits;

  /** What came of it, if that was well. */
  private @Nullable Session session;

  private boolean over;

  /**
   * Of somebody who may open it.
   *
   * @param share theirs; given back if no session comes of this
   * @param kept as what it is to be kept, and is over if no session comes of this; null if not
   */
  SessionOpening(
      SessionLoop home,
      Peer peer,
      OpenRequest request,
      @Nullable TenantShare share,
      @Nullable KeptSession kept,
      Opener opener) {
    super(home, share);
    this.home = home;
    this.peer = peer;
    this.request = request.withoutToken();
    this.share = share;
    this.kept = kept;
    this.opener = opener;
    this.id = HexFormat.of().toHexDigits(home.loop().random().nextLong());
    this.limits = home.limits();
  }

  /** Begins to look for the module. */
  void begin() {
    peer.pause(PauseReason.OPENING);
    home.modules()
        .find(
            request.module(),
            share == null ? _ -> true : share.modules(),
            new ModuleSource.Answer() {
              @Override
              public void found(GuestModule module, SessionLimits limits) {
                home.loop().execute(() -> moduleFound(module, limits));
              }

              @Override
              public void notFound(Problem problem) {
                home.loop().execute(() -> fail(problem));
              }
            });
  }

  private void moduleFound(GuestModule found, SessionLimits allowed) {
    if (!over) {
      module = found;
      limits = allowed;
      becomeReady();
    }
  }

  /** The session's id, should there come to be one. */
  String id() {
    return id;
  }

  /** About how much of the heap it takes, in bytes. */
  long heldBytes() {
    return request.heldBytes();
  }

  @Override
  boolean wantsTurn() {
    return module != null && !over;
  }

  @Override
  boolean runsGuest() {
    return wantsTurn();
  }

  @Override
  boolean mayWait(long nowNanos, long waitNanos) {
    return true;
  }

  @Override
  Peer peer() {
    return peer;
  }

  @Override
  long run(long startNanos) {
    if (module != null && !over) {
      open(module, startNanos);
    }
    long end = home.loop().nanoTime();
    if (session != null) {
      session.tookTurn(end - startNanos);
    }
    return end;
  }

  private void open(GuestModule module, long now) {
    Problem problem = OpenValidator.check(request, module, limits);
    if (problem != null) {
      fail(problem);
      return;
    }
    SessionTerms terms = terms(limits.grant(request.wanted(), module.initialMemoryBytes()));
    try {
      session = Session.open(home, module, terms, share, kept, peer, now);
    } catch (SpaceRefused e) {
      fail(Outcomes.openFailed(e.outcome()));
      return;
    }
    over = true;
    if (kept != null) {
      kept.opened(session, module);
    }
    opener.opened(session);
  }

  /** Only now are calls read: the session's turns begin with the standing that this one leaves. */
  @Override
  void ended() {
    super.ended();
    if (session != null) {
      session.begin(this);
      peer.resume(PauseReason.OPENING);
    }
  }

  private SessionTerms terms(SessionLimits granted) {
    long now = home.loop().currentTimeMillis();
    return new SessionTerms(
        id,
        request.module(),
        request.config(),
        granted,
        share == null ? null : share.tenant().name(),
        now,
        granted.lifetime().endMillis(now, home.loop().random()));
  }

  private void fail(Problem problem) {
    if (!over) {
      cancel();
      opener.failed(problem);
    }
  }

  /** Nobody wants it any more. */
  void cancel() {
    if (!over) {
      over = true;
      stopWaiting();
      if (share != null) {
        share.leave();
      }
      if (kept != null) {
        kept.over();
      }
    }
  }

  @Override
  void crashed(Throwable cause) {
    opener.crashed(cause);
  }
}
