package dev.mooring.cli.text;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A file that is written once a command has done its work, which is late to learn that it can't.
 */
public final class OutputFile {
  private OutputFile() {}

  /**
   * Finds out beforehand, and leaves what is there as it is.
   *
   * @throws CommandFailure if it can't be written; the message says why
   */
  public static void check(String option, @Nullable Path file) {
    String problem = file == null ? "" : problem(file);
    if (!problem.isEmpty()) {
      throw CommandFailure.usage("%s %s can't be written: %s".formatted(option, file, problem));
    }
  }

  private static String problem(Path file) {
    if (Files.isDirectory(file)) {
      return "it is a folder";
    }
    if (Files.exists(file)) {
      return Files.isWritable(file) ? "" : "permission denied";
    }
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      return "there is no folder " + folder;
    }
    return Files.isWritable(folder) ? "" : "permission denied in the folder " + folder;
  }
}
