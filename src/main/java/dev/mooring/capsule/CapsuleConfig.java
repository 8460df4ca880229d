package dev.mooring.capsule;

import dev.mooring.setting.InvalidSetting;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where capsules are written, and how many.
 *
 * @param folder null for nowhere: then none are made
 * @param every of so many traps, one makes a capsule without anybody's asking; 0 for none
 * @param files there are no more capsules in the folder than this
 * @param totalBytes and they take no more than this together
 * @param fileBytes no capsule is longer than this
 */
public record CapsuleConfig(
    @Nullable Path folder, int every, int files, long totalBytes, int fileBytes) {
  /** What a server has if its operator says nothing. */
  public static final CapsuleConfig NONE = new CapsuleConfig(null, 0, 100, 1L << 30, 64 << 20);

  private static final int LEAST_BYTES = 64 << 10;

  public CapsuleConfig {
    InvalidSetting.requireNotNegative("every", every);
    InvalidSetting.requireAtLeast(1, "files", files);
    InvalidSetting.requireAtLeast(LEAST_BYTES, "fileBytes", fileBytes);
    InvalidSetting.require(
        totalBytes >= fileBytes, "totalBytes", totalBytes, "be at least", "fileBytes", fileBytes);
  }

  /** In a folder, of one trap in so many. */
  public static CapsuleConfig in(Path folder, int every) {
    return new CapsuleConfig(folder, every, NONE.files, NONE.totalBytes, NONE.fileBytes);
  }

  /** With other bounds. */
  public CapsuleConfig withBounds(int mostFiles, long mostBytes, int mostFileBytes) {
    return new CapsuleConfig(folder, every, mostFiles, mostBytes, mostFileBytes);
  }
}
