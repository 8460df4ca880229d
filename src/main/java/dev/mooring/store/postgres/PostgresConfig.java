package dev.mooring.store.postgres;

import dev.mooring.setting.InvalidSetting;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Which database, and as what.
 *
 * @param url where the database is
 * @param passwordFile holds the password, in its first line; null for none
 * @param password the password itself; null if a file has it, or none is asked for
 * @param node this server's name among those that share the database
 * @param leaseMillis after so long without a sign of it a server's sessions are others' to have
 * @param writers so many connections write, each a batch at a time
 * @param readers so many read, or take sessions over
 */
public record PostgresConfig(
    PostgresUrl url,
    @Nullable Path passwordFile,
    @Nullable String password,
    String node,
    int leaseMillis,
    int writers,
    int readers) {
  public static final int DEFAULT_LEASE_MILLIS = 10_000;
  public static final int DEFAULT_WRITERS = 4;
  public static final int DEFAULT_READERS = 4;
  private static final int LEAST_LEASE_MILLIS = 1_000;
  private static final int MAX_NODE_CHARS = 100;

  public PostgresConfig {
    InvalidSetting.requireAtLeast(LEAST_LEASE_MILLIS, "leaseMillis", leaseMillis);
    InvalidSetting.requireAtLeast(1, "writers", writers);
    InvalidSetting.requireAtLeast(1, "readers", readers);
    if (node.isBlank() || node.length() > MAX_NODE_CHARS) {
      throw new IllegalArgumentException(
          "a node's name has " + node.length() + " characters; expected 1 to " + MAX_NODE_CHARS);
    }
  }

  /** With what holds if nothing is said. */
  public static PostgresConfig of(PostgresUrl url, @Nullable String password, String node) {
    return new PostgresConfig(
        url, null, password, node, DEFAULT_LEASE_MILLIS, DEFAULT_WRITERS, DEFAULT_READERS);
  }

  public PostgresConfig withLeaseMillis(int changed) {
    return new PostgresConfig(url, passwordFile, password, node, changed, writers, readers);
  }

  /** Null for none. */
  public PostgresConfig withPasswordFile(@Nullable Path changed) {
    return new PostgresConfig(url, changed, password, node, leaseMillis, writers, readers);
  }

  /** Without the password. */
  @Override
  public String toString() {
    return url + " as " + node;
  }
}
