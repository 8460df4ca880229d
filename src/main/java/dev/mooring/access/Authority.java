package dev.mooring.access;

import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/** Knows who somebody is. Thread-safe; it doesn't block. */
@FunctionalInterface
public interface Authority {
  /** Lets everybody in, and asks for no names. */
  Authority OPEN_HOUSE = (token, certificate) -> Identity.ANYONE;

  /**
   * Says who has come.
   *
   * @param token what they gave as proof; empty if nothing
   * @param certificate the subject of the certificate that they proved to have
   */
  Identity identify(String token, @Nullable X500Principal certificate);

  /** The tenant of a name that was known once; null if nobody can be known by it any more. */
  default @Nullable Tenant named(String name) {
    return null;
  }
}
