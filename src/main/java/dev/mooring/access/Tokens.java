package dev.mooring.access;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;

/** Makes tokens. Thread-safe. */
public final class Tokens {
  /** As hard to guess as a key of AES-256. */
  private static final int TOKEN_BYTES = 32;

  private static final SecureRandom RANDOM = new SecureRandom();

  private Tokens() {}

  /** A new token: 43 letters, digits, {@code -} and {@code _}. */
  public static String generate() {
    byte[] bytes = new byte[TOKEN_BYTES];
    RANDOM.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** What the file of tokens says of one, without the token itself. */
  public static String line(String tenant, String token) {
    return tenant + " = sha256:" + HexFormat.of().formatHex(TokenFile.digest(token));
  }
}
