package dev.mooring.session;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What an {@code Open} must be like that keeps a session, or goes on with one. */
final class KeepValidator {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");

  private KeepValidator() {}

  /** What is wrong with it, or null. */
  static @Nullable Problem check(OpenRequest open, KeepLimits limits, KeptSessions kept) {
    OpenRequest.Keep keep = open.keep();
    OpenRequest.Resume resume = open.resume();
    if (open.resumesByToken() && keep != null) {
      return invalid("both a token and a wish how the session is to be kept; expected one of them");
    }
    if (resume != null && !open.resumesByToken() && (keep == null || keep.name().isEmpty())) {
      return invalid("neither a token nor a name of the session to go on with");
    }
    if (resume != null
        && open.resumesByToken()
        && resume.token().length() != 2 * KeptSessions.TOKEN_BYTES) {
      return SessionResumption.notFound("a token of another length");
    }
    return keep == null ? null : check(open, keep, limits, kept);
  }

  private static @Nullable Problem check(
      OpenRequest open, OpenRequest.Keep keep, KeepLimits limits, KeptSessions kept) {
    boolean isNamed = !keep.name().isEmpty();
    if (isNamed && !NAME.matcher(keep.name()).matches()) {
      return invalid(
          "the name '"
              + Quote.of(keep.name())
              + "'; expected a letter, a digit or _, then up to 127 of these, . and -");
    }
    if (isNamed && !open.module().isEmpty() && open.moduleName().startsWith("sha256:")) {
      return invalid("a name, and a module by its digest alone; expected the module's name");
    }
    if (keep.namePolicy() < OpenRequest.Keep.MAY_EXIST
        || keep.namePolicy() > OpenRequest.Keep.MUST_BE_NEW) {
      return invalid("the name_policy " + keep.namePolicy() + "; expected 0, 1 or 2");
    }
    if (!isNamed && keep.namePolicy() != OpenRequest.Keep.MAY_EXIST) {
      return invalid("a name_policy without a name");
    }
    Durability durability = Durability.of(keep.durability());
    if (durability == null) {
      return invalid("the durability " + keep.durability() + "; expected 0, 1 or 2");
    }
    if (limits.maxTtlMillis() == 0) {
      return new Problem(
          ErrorCode.DURABILITY_UNAVAILABLE, "this server keeps no session beyond its connection");
    }
    if (durability == Durability.MEMORY) {
      return null;
    }
    if (kept.writer() == null) {
      return new Problem(
          ErrorCode.DURABILITY_UNAVAILABLE,
          "this server has no store, so it keeps sessions in its memory only; expected the"
              + " durability MEMORY");
    }
    return kept.writer().failure() == null ? null : StoredSession.storeFailed();
  }

  private static Problem invalid(String what) {
    return new Problem(ErrorCode.INVALID_KEEP, "Open has " + what);
  }
}
