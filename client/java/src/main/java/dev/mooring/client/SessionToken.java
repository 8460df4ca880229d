package dev.mooring.client;

import java.util.Arrays;

/**
 * With which a kept session can be gone on with, by whoever has it: a secret, and handled as one.
 * Immutable, for any thread.
 */
public final class SessionToken {
  private final byte[] bytes;

  private SessionToken(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * The token of these bytes, which {@link #bytes} gave.
   *
   * @throws IllegalArgumentException when there are none
   */
  public static SessionToken of(byte[] bytes) {
    if (bytes.length == 0) {
      throw new IllegalArgumentException("a token has no bytes, expected some");
    }
    return new SessionToken(bytes.clone());
  }

  /** To be kept where secrets are. The caller's own. */
  public byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SessionToken token && Arrays.equals(bytes, token.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "SessionToken[" + bytes.length + " bytes]";
  }
}
