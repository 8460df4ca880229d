package dev.mooring.store;

import dev.mooring.setting.InvalidSetting;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where sessions are kept beyond the process, if they are.
 *
 * @param folder null for nowhere
 * @param maxBytes how much they may take there
 */
public record StoreConfig(@Nullable Path folder, long maxBytes) {
  private static final long LEAST_BYTES = 1 << 20;

  /** What a server has if its operator says nothing. */
  public static final StoreConfig NONE = new StoreConfig(null, 64L << 30);

  public StoreConfig {
    InvalidSetting.requireAtLeast(LEAST_BYTES, "maxBytes", maxBytes);
  }

  /** In a folder, if one is named; else what this says. */
  public StoreConfig withFolder(@Nullable Path changed) {
    return changed == null ? this : new StoreConfig(changed, maxBytes);
  }
}
