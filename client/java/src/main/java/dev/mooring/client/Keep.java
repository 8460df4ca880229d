package dev.mooring.client;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a session outlives its connections: wished for in {@link OpenOptions#withKeep}, and granted
 * in {@link MooringSession#keep}. Start with {@link #forTtl} or {@link #named}. Immutable, for any
 * thread.
 *
 * @param ttl how long the session lives without a connection, in whole milliseconds; zero is the
 *     server's default. The server grants at most what its operator allows
 * @param durability what the session survives
 * @param name under which the session is found again, together with its module: a letter, a digit
 *     or {@code _}, then up to 127 of these, {@code .} and {@code -}; null for none
 * @param namePolicy whether there may be, or must be, a session of that name
 */
public record Keep(
    Duration ttl, Durability durability, @Nullable String name, NamePolicy namePolicy) {

  /** What a kept session survives. What was answered isn't undone by it. */
  public enum Durability {
    /** The end of its connection, and not that of the server's process. */
    MEMORY,
    /** The end of the server's process, however sudden. */
    ASYNC,
    /** A power failure. */
    DISK
  }

  /** What is to happen if there is a session of the name, or none. */
  public enum NamePolicy {
    /** It is gone on with if it is there; otherwise there is a new one. */
    MAY_EXIST,
    /** It is gone on with; otherwise {@link ErrorCode#SESSION_NOT_FOUND}. */
    MUST_EXIST,
    /** There is a new one; otherwise {@link ErrorCode#SESSION_EXISTS}. */
    MUST_BE_NEW
  }

  /**
   * @throws IllegalArgumentException when the time is negative or longer than the wire can say, the
   *     name is empty, or there is a policy without a name
   */
  public Keep {
    Objects.requireNonNull(durability, "durability");
    if (ttl.isNegative() || ttl.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("ttl is %s, expected 0 to %s".formatted(ttl, LONGEST));
    }
    if (name == null && namePolicy != NamePolicy.MAY_EXIST) {
      throw new IllegalArgumentException("the name policy is %s of no name".formatted(namePolicy));
    }
    if (name != null && name.isEmpty()) {
      throw new IllegalArgumentException("name is empty, expected null or a name");
    }
  }

  private static final Duration LONGEST = Duration.ofMillis(Long.MAX_VALUE);

  /** In memory, without a name, for so long without a connection. */
  public static Keep forTtl(Duration ttl) {
    return new Keep(ttl, Durability.MEMORY, null, NamePolicy.MAY_EXIST);
  }

  /** In memory, under a name, for as long as the server keeps sessions by default. */
  public static Keep named(String name) {
    return new Keep(Duration.ZERO, Durability.MEMORY, name, NamePolicy.MAY_EXIST);
  }

  public Keep withTtl(Duration ttl) {
    return new Keep(ttl, durability, name, namePolicy);
  }

  public Keep withDurability(Durability durability) {
    return new Keep(ttl, durability, name, namePolicy);
  }

  public Keep withNamePolicy(NamePolicy namePolicy) {
    return new Keep(ttl, durability, name, namePolicy);
  }
}
