package dev.mooring.session;

/**
 * What a client is told of its session's being kept.
 *
 * @param token with which it can be gone on with, in hexadecimal; a secret
 * @param ttlMillis how long it lives without a connection
 * @param name under which it can be, too; empty for none
 * @param isResumed whether it was there before
 * @param committedId every call up to it has happened, or failed for good
 * @param limits how much may wait to be acknowledged
 */
public record Keeping(
    String token,
    long ttlMillis,
    Durability durability,
    String name,
    boolean isResumed,
    long committedId,
    KeepLimits limits) {
  /** Without the token. */
  @Override
  public String toString() {
    return "Keeping[" + (isResumed ? "resumed at " + committedId : "new") + "]";
  }
}
