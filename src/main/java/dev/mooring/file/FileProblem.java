package dev.mooring.file;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;

/** Says in words why a file can't be read. */
public final class FileProblem {
  private FileProblem() {}

  /** Why, to be put behind the file's name and a colon. */
  public static String why(IOException cause) {
    @Nullable String said =
        switch (cause) {
          case NoSuchFileException _ -> "there is no such file";
          case AccessDeniedException _ -> "permission denied";
          case FileSystemException refused -> refused.getReason();
          default -> cause.getMessage();
        };
    return said == null ? "it can't be read" : said;
  }
}
