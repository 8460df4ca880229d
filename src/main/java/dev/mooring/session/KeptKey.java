package dev.mooring.session;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * By what a shared store finds a session: the digest of a token, or a name with whose it is. A
 * letter says which.
 *
 * @param text the letter, and what follows it, a character for each byte
 */
record KeptKey(String text) {
  private static final char TOKEN = 't';
  private static final char NAME = 'n';
  private static final char NAME_OF_TENANT = 'o';

  static KeptKey of(TokenDigest digest) {
    return new KeptKey(TOKEN + new String(digest.toBytes(), StandardCharsets.ISO_8859_1));
  }

  static KeptKey of(KeptSessions.Name name) {
    return of(name.tenant(), name.module(), name.name());
  }

  private static KeptKey of(@Nullable String tenant, String module, String name) {
    String whole = tenant == null ? module + '\0' + name : tenant + '\0' + module + '\0' + name;
    return new KeptKey(
        (tenant == null ? NAME : NAME_OF_TENANT)
            + new String(whole.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
  }

  /** All by which a session is found. */
  static List<byte[]> of(KeptHead head) {
    var keys = new ArrayList<byte[]>();
    head.tokenDigests().forEach(digest -> keys.add(of(digest).toBytes()));
    if (!head.name().isEmpty()) {
      keys.add(of(head.tenant(), OpenRequest.moduleName(head.module()), head.name()).toBytes());
    }
    return keys;
  }

  byte[] toBytes() {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
