package dev.mooring.session;

import dev.mooring.access.Tenant;
import dev.mooring.guest.GuestModule;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that goes on with a session that was kept: the session is taken from wherever it is,
 * and from whoever has it, and comes to this connection's event loop.
 *
 * <p>Event loop only, the connection's, but for what says otherwise.
 */
final class SessionResumption {
  /** What everybody is told who asks for a session that isn't there, or isn't theirs. */
  static final String NOT_FOUND =
      "there is no such session: it never was, has ended, expired, or isn't yours";

  private static final Logger LOG = LoggerFactory.getLogger(SessionResumption.class);

  /** Who goes on with it. */
  interface Resumer {
    /** It is here, without a client. */
    void resumed(Session session, SessionResumption how);

    /** It isn't. */
    void failed(Problem problem);
  }

  private final SessionLoop home;
  private final Peer peer;
  private final OpenRequest request;
  private final String token;
  private final @Nullable Tenant tenant;
  private final Resumer resumer;
  private boolean over;

  SessionResumption(
      SessionLoop home, Peer peer, OpenRequest request, @Nullable Tenant tenant, Resumer resumer) {
    this.home = home;
    this.peer = peer;
    this.request = request.withoutToken();
    this.token = request.resume() == null ? "" : request.resume().token();
    this.tenant = tenant;
    this.resumer = resumer;
  }

  /** Asks for the session where it is. */
  void begin(KeptSession kept) {
    peer.pause(PauseReason.OPENING);
    kept.execute(() -> kept.takeOver(this));
  }

  /** Where it is to come. Any thread. */
  SessionLoop home() {
    return home;
  }

  /** Who asks; any thread. */
  @Nullable Tenant tenant() {
    return tenant;
  }

  /** Whether a new program goes on with it, which waits for no answers. */
  boolean isByName() {
    return token.isEmpty();
  }

  /** The token by which it is gone on with, if it isn't by name. */
  String token() {
    return token;
  }

  /** The highest sequence that the client has received. */
  long received() {
    return request.resume() == null ? 0 : request.resume().received();
  }

  /** That there is none; the log says why. */
  static Problem notFound(String why) {
    LOG.atDebug().log("a session wasn't gone on with: {}", why);
    return new Problem(ErrorCode.SESSION_NOT_FOUND, NOT_FOUND);
  }

  /**
   * What is against it, or null. On the session's loop.
   *
   * @param lastSequence of what the session has said
   */
  @Nullable Problem check(SessionTerms terms, GuestModule module, long lastSequence) {
    String digest = request.moduleDigest();
    boolean isOther =
        (!request.module().isEmpty()
                && !request.moduleName().equals(OpenRequest.moduleName(terms.module())))
            || (digest != null && !digest.equalsIgnoreCase(module.digest()));
    if (isOther) {
      return new Problem(
          ErrorCode.MODULE_MISMATCH,
          "the session is of "
              + Quote.of(OpenRequest.moduleName(terms.module()))
              + ", whose bytes are "
              + module.digest()
              + "; expected "
              + Quote.of(request.module()));
    }
    if (!request.config().isEmpty() && !request.config().equals(terms.config())) {
      return new Problem(
          ErrorCode.INVALID_CONFIG,
          "the session was opened with another configuration, and keeps it; expected the same, or"
              + " none");
    }
    if (Long.compareUnsigned(received(), lastSequence) > 0) {
      return new Problem(
          ErrorCode.INVALID_KEEP,
          "the client says that it has received "
              + Long.toUnsignedString(received())
              + " messages of the session, which has said "
              + lastSequence);
    }
    return null;
  }

  /** It won't be had. Any thread. */
  void refused(Problem problem) {
    home.loop()
        .execute(
            () -> {
              if (!over) {
                over = true;
                resumer.failed(problem);
              }
            });
  }

  /**
   * That it has just ended, or is about to. By a name that may be new, that is no answer: whoever
   * asks again gets a new one.
   */
  Problem gone(String why) {
    return isByName()
            && request.keep() != null
            && request.keep().namePolicy() == OpenRequest.Keep.MAY_EXIST
        ? new Problem(
            ErrorCode.SERVER_OVERLOADED, "a session of this name is just ending; try again")
        : notFound(why);
  }

  /** It is here. */
  void arrived(Session session) {
    if (over) {
      return;
    }
    if (!session.enter()) {
      over = true;
      resumer.failed(
          new Problem(
              ErrorCode.SERVER_OVERLOADED,
              "your tenant has as many sessions on connections as it may; try again later"));
      return;
    }
    over = true;
    resumer.resumed(session, this);
    peer.resume(PauseReason.OPENING);
  }

  /** Nobody wants it any more. */
  void cancel() {
    over = true;
  }
}
