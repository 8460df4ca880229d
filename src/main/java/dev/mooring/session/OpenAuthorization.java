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

    /** They may not. */
    record Refused(Problem problem) implements Answer {}
  }

  private OpenAuthorization() {}

  static Answer receive(OpenRequest open, Peer peer, Authority authority) {
    return switch (authority.identify(open.authToken(), peer.certificate())) {
      case Identity.Anyone anyone -> new Answer.Welcome(null);
      case Identity.Known(Tenant tenant) -> receive(open, tenant);
      case Identity.Unknown(String why) -> refused(ErrorCode.UNAUTHENTICATED, why);
      case Identity.TooMany(String why) -> refused(ErrorCode.SERVER_OVERLOADED, why);
    };
  }

  private static Answer receive(OpenRequest open, Tenant tenant) {
    if (!tenant.mayOpen(open.module())) {
      return refused(
          ErrorCode.PERMISSION_DENIED,
          "tenant "
              + Quote.of(tenant.name())
              + " may not open module '"
              + Quote.of(open.module())
              + "'");
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
    return new Answer.Welcome(new TenantShare(tenant));
  }

  private static Answer refused(ErrorCode code, String why) {
    return new Answer.Refused(new Problem(code, why));
  }
}
