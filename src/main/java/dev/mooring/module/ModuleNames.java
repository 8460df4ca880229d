package dev.mooring.module;

import dev.mooring.error.ErrorText;
import dev.mooring.file.FileStamp;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which file has which module: {@code counter} is {@code counter.wasm}.
 *
 * <p>Files that somebody may take for modules, and that are none, are listed with what is wrong
 * with them: those that end with {@code .wasm}, in whatever case, and WebAssembly's text. Others
 * are left alone, and so is whatever is hidden: there is room for notes, and for files that are
 * still being written.
 *
 * @param directory where they lie; must exist
 */
public record ModuleNames(Path directory) {
  private static final String SUFFIX = ".wasm";
  private static final List<String> TEXT_SUFFIXES = List.of(".wat", ".wast");

  /**
   * What lies in a directory.
   *
   * @param names of modules, in order, if those are files that can be read
   * @param others files' names, and why each is no module
   */
  public record Content(List<String> names, SortedMap<String, String> others) {}

  /** Where a module's file is, if it is there. */
  public Path file(String name) {
    return directory.resolve(fileName(name));
  }

  static String fileName(String name) {
    return name + SUFFIX;
  }

  /** What is there. */
  public Content list() throws IOException {
    var names = new ArrayList<String>();
    var others = new TreeMap<String, String>();
    try (var files = Files.newDirectoryStream(directory)) {
      for (Path each : files) {
        String file = each.getFileName().toString();
        String wrong = whyNone(file);
        if (wrong != null) {
          others.put(file, wrong);
        } else if (isMeant(file)) {
          names.add(file.substring(0, file.length() - SUFFIX.length()));
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    Collections.sort(names);
    return new Content(List.copyOf(names), others);
  }

  /** Whether somebody may take it for a module. */
  private static boolean isMeant(String file) {
    String lower = file.strip().toLowerCase(Locale.ROOT);
    return !file.startsWith(".")
        && (lower.endsWith(SUFFIX) || TEXT_SUFFIXES.stream().anyMatch(lower::endsWith));
  }

  /** What is wrong with the name of a file that is meant to be a module; null if nothing is. */
  private static @Nullable String whyNone(String file) {
    if (!isMeant(file)) {
      return null;
    }
    String end = file.substring(file.lastIndexOf('.'));
    if (!end.strip().equalsIgnoreCase(SUFFIX)) {
      return "is no module: it is WebAssembly's text format; expected the binary one, NAME"
          + SUFFIX;
    }
    if (!end.equals(SUFFIX)) {
      return "is no module: its name ends with '" + end + "'; expected '" + SUFFIX + "'";
    }
    String wrong = Reference.whyNoName(file.substring(0, file.length() - SUFFIX.length()));
    return wrong == null
        ? null
        : "is no module: %s; expected NAME%s, where NAME is %s"
            .formatted(wrong, SUFFIX, Reference.NAME_RULE);
  }

  /**
   * What is in the place of a module's file; null if that is a file, or nothing at all. Looks at
   * the disk.
   *
   * @param name one that was there a moment ago
   */
  public @Nullable String whyNoFile(String name) {
    Path file = file(name);
    try {
      if (FileStamp.of(file) != null) {
        return null;
      }
    } catch (IOException e) {
      return unseen(e);
    }
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return null;
    }
    if (Files.isDirectory(file)) {
      return "is no module: it is a folder";
    }
    return Files.exists(file)
        ? "is no module: it is no regular file"
        : "is no module: it is a link to a file that isn't there";
  }

  /** That a file can't be looked at, and why. */
  public static String unseen(IOException cause) {
    return "can't be looked at: " + ErrorText.of(cause);
  }
}
