package dev.mooring.session;

import dev.mooring.access.Authority;
import dev.mooring.access.Identity;
import dev.mooring.access.Tenant;
import org.jspecify.annotations.Nullable;

/** Who opens a session, and whether they may. */
final class OpenAuthorization {
  /** What came of it. */
  sealed interface Answer {
    /**
     * They may.
     *
     * @param share null where nobody is asked who they are
     */
    record Welcome(@Nullable TenantShare share) implements Answer {}

    /**
     * They may go on with one that was kept.
     *
     * @param tenant who they are; null where nobody is asked
     */
    record Resumes(KeptSession kept, @Nullable Tenant tenant) implements Answer {}

    /** Another server may have the session, or none: that is to be found out first. */
    record Search(StoreSearch.Wanted wanted) implements Answer {}

    /** They may not. */
    record Refused(Problem problem) implements Answer {}
  }

  private OpenAuthorization() {}

  /**
   * Whether somebody may open a session, or go on with one.
   *
   * @param kept all that can be gone on with
   * @param isSearched whether a shared store was asked already, if there is one
   */
  static Answer receive(
      OpenRequest open, Peer peer, Authority authority, KeptSessions kept, boolean isSearched) {
    return switch (authority.identify(open.authToken(), peer.certificate())) {
      case Identity.Anyone anyone -> receive(open, null, kept, isSearched);
      case Identity.Known(Tenant tenant) -> receive(open, tenant, kept, isSearched);
      case Identity.Unknown(String why) -> refused(ErrorCode.UNAUTHENTICATED, why);
      case Identity.TooMany(String why) -> refused(ErrorCode.SERVER_OVERLOADED, why);
    };
  }

  private static Answer receive(
      OpenRequest open, @Nullable Tenant tenant, KeptSessions kept, boolean isSearched) {
    StoreSearch.Wanted elsewhere = isSearched ? null : kept.toSearch(open, tenant);
    if (elsewhere != null) {
      return new Answer.Search(elsewhere);
    }
    KeptSession wanted = null;
    if (open.resume() != null && open.resumesByToken()) {
      wanted = kept.find(open.resume().token());
      if (wanted == null || !wanted.isOf(tenant)) {
        return new Answer.Refused(
            SessionResumption.notFound(wanted == null ? "no such token" : "another tenant's"));
      }
    }
    String module = wanted == null ? open.module() : wanted.module();
    if (tenant != null && !tenant.mayOpen(module)) {
      return refused(
          ErrorCode.PERMISSION_DENIED,
          "tenant " + Quote.of(tenant.name()) + " may not open module '" + Quote.of(module) + "'");
    }
    if (wanted == null && open.keep() != null) {
      KeptSessions.Name name = nameOf(open, open.keep(), tenant);
      wanted = name == null ? null : kept.find(name);
      Problem problem = checkPolicy(open.keep(), wanted != null);
      if (problem != null) {
        return new Answer.Refused(problem);
      }
    }
    return wanted == null ? enter(tenant) : new Answer.Resumes(wanted, tenant);
  }

  /** Under which name a session is to be kept; null for none. */
  static KeptSessions.@Nullable Name nameOf(
      OpenRequest open, OpenRequest.Keep keep, @Nullable Tenant tenant) {
    return keep.name().isEmpty()
        ? null
        : new KeptSessions.Name(
            tenant == null ? null : tenant.name(), open.moduleName(), keep.name());
  }

  /** What the client's wish has against a session of that name, or against there being none. */
  static @Nullable Problem checkPolicy(OpenRequest.Keep keep, boolean isThere) {
    if (!isThere && keep.namePolicy() == OpenRequest.Keep.MUST_EXIST) {
      return SessionResumption.notFound("no such name");
    }
    if (isThere && keep.namePolicy() == OpenRequest.Keep.MUST_BE_NEW) {
      return new Problem(
          ErrorCode.SESSION_EXISTS,
          "there is a session '" + Quote.of(keep.name()) + "' of this module already");
    }
    return null;
  }

  private static Answer enter(@Nullable Tenant tenant) {
    if (tenant == null) {
      return new Answer.Welcome(null);
    }
    if (!tenant.enter()) {
      return refused(
          ErrorCode.SERVER_OVERLOADED,
          "tenant "
              + Quote.of(tenant.name())
              + " has "
              + tenant.limits().sessions()
              + " sessions, as many as it may; try again later");
    }
    return new Answer.Welcome(new TenantShare(tenant, true));
  }

  private static Answer refused(ErrorCode code, String why) {
    return new Answer.Refused(new Problem(code, why));
  }
}
