package dev.mooring.session;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * By what a shared store finds a session: the digest of a token, or a name with whose it is. A
 * letter before it says which.
 */
final class KeptKey {
  private static final char TOKEN = 't';
  private static final char NAME = 'n';
  private static final char NAME_OF_TENANT = 'o';

  private KeptKey() {}

  static byte[] of(TokenDigest digest) {
    return ByteBuffer.allocate(1 + TokenDigest.BYTES)
        .put((byte) TOKEN)
        .put(digest.toBytes())
        .array();
  }

  static byte[] of(KeptSessions.Name name) {
    return of(name.tenant(), name.module(), name.name());
  }

  private static byte[] of(@Nullable String tenant, String module, String name) {
    String key =
        tenant == null
            ? NAME + module + '\0' + name
            : NAME_OF_TENANT + tenant + '\0' + module + '\0' + name;
    return key.getBytes(StandardCharsets.UTF_8);
  }

  /** All by which a session is found. */
  static List<byte[]> all(KeptHead of) {
    var keys = new ArrayList<byte[]>();
    of.tokenDigests().forEach(digest -> keys.add(of(digest)));
    if (!of.name().isEmpty()) {
      keys.add(of(of.tenant(), OpenRequest.moduleName(of.module()), of.name()));
    }
    return keys;
  }
}
