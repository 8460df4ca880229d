package dev.mooring.module;

import dev.mooring.error.ErrorText;
import dev.mooring.file.FileStamp;
import dev.mooring.guest.ModuleRefused;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which file has which module: {@code counter} is {@code counter.wasm}, or the script {@code
 * counter.js}, or a folder {@code counter} with {@code index.js} in it; and no two of them.
 *
 * <p>Files that somebody may take for modules, and that are none, are listed with what is wrong
 * with them: those that end with {@code .wasm} or {@code .js}, in whatever case, and WebAssembly's
 * text. Others are left alone, and so is whatever is hidden: there is room for notes, and for files
 * that are still being written.
 *
 * @param directory where they lie; must exist
 */
public record ModuleNames(Path directory) {
  private static final List<String> SUFFIXES = List.of(ModuleBytes.WASM, ModuleBytes.SCRIPT);
  private static final List<String> TEXT_SUFFIXES = List.of(".wat", ".wast");

  /**
   * What lies in a directory.
   *
   * @param names of modules, in order, if those are files that can be read
   * @param others files' names, and why each is no module
   */
  public record Content(List<String> names, SortedMap<String, String> others) {}

  /** What is wrong with a module's name, as a part of a sentence; null if nothing is. */
  public static @Nullable String whyNoName(String name) {
    String wrong = name.isEmpty() ? "it is empty" : Reference.whyNoName(name);
    return wrong == null ? null : wrong + "; expected " + Reference.NAME_RULE;
  }

  /**
   * What a file or a folder is called as a module: its own name, without the suffix of either kind.
   */
  public static String nameOf(Path place) {
    String file = String.valueOf(place.toAbsolutePath().normalize().getFileName());
    return SUFFIXES.stream()
        .filter(file::endsWith)
        .map(suffix -> file.substring(0, file.length() - suffix.length()))
        .findFirst()
        .orElse(file);
  }

  /** All files that would have a name, if they are there. */
  private List<Path> files(String name) {
    return SUFFIXES.stream().map(suffix -> directory.resolve(name + suffix)).toList();
  }

  /** What is there of a name, with what tells one state of each from another. */
  private SortedMap<String, FileStamp> stamps(String name) throws IOException {
    var stamps = new TreeMap<String, FileStamp>();
    for (Path file : files(name)) {
      FileStamp stamp = FileStamp.of(file);
      if (stamp != null) {
        stamps.put(file.getFileName().toString(), stamp);
      }
    }
    FileStamp folder = ModuleBytes.stampOfFolder(directory.resolve(name));
    if (folder != null) {
      stamps.put(name, folder);
    }
    return stamps;
  }

  /** What tells one state of a module's files from another; null if there are none. */
  @Nullable FileStamp stamp(String name) throws IOException {
    SortedMap<String, FileStamp> stamps = stamps(name);
    return switch (stamps.size()) {
      case 0 -> null;
      case 1 -> stamps.get(stamps.firstKey());
      default -> ModuleBytes.together(stamps);
    };
  }

  /**
   * Where a module is.
   *
   * @throws NoSuchFileException if it is nowhere
   * @throws ModuleRefused if there are two of that name
   */
  public Path place(String name) throws IOException, ModuleRefused {
    SortedMap<String, FileStamp> stamps = stamps(name);
    if (stamps.isEmpty()) {
      throw new NoSuchFileException(directory.resolve(name).toString());
    }
    if (stamps.size() > 1) {
      throw new ModuleRefused(
          "is there more than once: "
              + String.join(" and ", stamps.keySet())
              + "; expected one of them");
    }
    return directory.resolve(stamps.firstKey());
  }

  /**
   * Reads a module.
   *
   * @param maxBytes how many bytes it may have
   * @throws ModuleRefused if it has more, or there are two of that name
   */
  byte[] read(String name, long maxBytes) throws IOException, ModuleRefused {
    return ModuleBytes.read(place(name), maxBytes);
  }

  /** What is there. */
  public Content list() throws IOException {
    var names = new TreeSet<String>();
    var others = new TreeMap<String, String>();
    try (var files = Files.newDirectoryStream(directory)) {
      for (Path each : files) {
        String file = each.getFileName().toString();
        boolean isFolder =
            !file.startsWith(".")
                && !isMeant(file)
                && Files.isRegularFile(each.resolve(ModuleBytes.INDEX));
        String wrong = isFolder ? whyNoFolder(file) : whyNone(file);
        if (wrong != null) {
          others.put(file, wrong);
        } else if (isFolder) {
          names.add(file);
        } else if (isMeant(file)) {
          names.add(file.substring(0, file.lastIndexOf('.')));
        }
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return new Content(List.copyOf(names), others);
  }

  private static @Nullable String whyNoFolder(String file) {
    String wrong = Reference.whyNoName(file);
    return wrong == null
        ? null
        : "is no module: %s; expected a folder NAME, where NAME is %s"
            .formatted(wrong, Reference.NAME_RULE);
  }

  /** Whether somebody may take it for a module. */
  private static boolean isMeant(String file) {
    String lower = file.strip().toLowerCase(Locale.ROOT);
    return !file.startsWith(".")
        && (SUFFIXES.stream().anyMatch(lower::endsWith)
            || TEXT_SUFFIXES.stream().anyMatch(lower::endsWith));
  }

  /** What is wrong with the name of a file that is meant to be a module; null if nothing is. */
  private static @Nullable String whyNone(String file) {
    if (!isMeant(file)) {
      return null;
    }
    String end = file.substring(file.lastIndexOf('.'));
    String suffix = end.strip().toLowerCase(Locale.ROOT);
    if (!SUFFIXES.contains(suffix)) {
      return "is no module: it is WebAssembly's text format; expected the binary one, NAME"
          + ModuleBytes.WASM;
    }
    if (!end.equals(suffix)) {
      return "is no module: its name ends with '" + end + "'; expected '" + suffix + "'";
    }
    String wrong = Reference.whyNoName(file.substring(0, file.length() - suffix.length()));
    return wrong == null
        ? null
        : "is no module: %s; expected NAME%s, where NAME is %s"
            .formatted(wrong, suffix, Reference.NAME_RULE);
  }

  /**
   * What is in the place of a module's files, by its name, and why that is none: what can't be
   * looked at, and, unless there is a module, what is no file. Looks at the disk.
   *
   * @param name one that was there a moment ago
   */
  public SortedMap<String, String> whyNoFile(String name) {
    var unseen = new TreeMap<String, String>();
    var shapeless = new TreeMap<String, String>();
    boolean isThere = false;
    try {
      isThere = ModuleBytes.stampOfFolder(directory.resolve(name)) != null;
    } catch (IOException e) {
      unseen.put(name, unseen(e));
    }
    for (Path place : files(name)) {
      String file = place.getFileName().toString();
      try {
        if (FileStamp.of(place) != null) {
          isThere = true;
        } else if (Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
          shapeless.put(file, whyNoFile(place));
        }
      } catch (IOException e) {
        unseen.put(file, unseen(e));
      }
    }
    if (!isThere) {
      unseen.putAll(shapeless);
    }
    return unseen;
  }

  private static String whyNoFile(Path file) {
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
