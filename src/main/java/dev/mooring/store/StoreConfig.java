package dev.mooring.store;

import dev.mooring.setting.InvalidSetting;
import dev.mooring.store.postgres.PostgresConfig;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where sessions are kept beyond the process, if they are: in a folder, or in a database that
 * several servers share.
 *
 * @param folder null for none
 * @param postgres null for none
 * @param maxBytes how much they may take there
 * @param backups where copies of it are made that operators ask for; null for nowhere
 */
public record StoreConfig(
    @Nullable Path folder,
    @Nullable PostgresConfig postgres,
    long maxBytes,
    @Nullable Path backups) {
  private static final long LEAST_BYTES = 1 << 20;

  /** What a server has if its operator says nothing. */
  public static final StoreConfig NONE = new StoreConfig(null, null, 64L << 30, null);

  public StoreConfig {
    InvalidSetting.requireAtLeast(LEAST_BYTES, "maxBytes", maxBytes);
  }

  /** One in a folder. */
  public static StoreConfig in(Path folder, long maxBytes) {
    return new StoreConfig(folder, null, maxBytes, null);
  }

  public StoreConfig withBackups(@Nullable Path changed) {
    return new StoreConfig(folder, postgres, maxBytes, changed);
  }

  /** In a folder, if one is named; else what this says. */
  public StoreConfig withFolder(@Nullable Path changed) {
    return changed == null ? this : new StoreConfig(changed, null, maxBytes, backups);
  }

  /** In a database. */
  public StoreConfig withPostgres(@Nullable PostgresConfig changed) {
    return new StoreConfig(null, changed, maxBytes, backups);
  }
}
