package dev.mooring.module;

import dev.mooring.file.FileStamp;
import dev.mooring.guest.ModuleRefused;
import dev.mooring.guest.ScriptFiles;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.FileVisitor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a module is made of: a file of WebAssembly, a script, or a folder of scripts of which one is
 * {@value #INDEX}. In a folder, everything counts that ends with {@value #SCRIPT}, however deep;
 * what is hidden doesn't, nor what is in a {@value #PACKAGES}.
 */
public final class ModuleBytes {
  static final String WASM = ".wasm";
  static final String SCRIPT = ".js";
  static final String INDEX = "index.js";
  private static final String PACKAGES = "node_modules";

  private ModuleBytes() {}

  /**
   * Reads them.
   *
   * @param source a file or a folder
   * @param maxBytes how many there may be
   * @return WebAssembly, or {@link ScriptFiles}
   * @throws ModuleRefused if there are more, or too many files, or a folder has no index
   */
  public static byte[] read(Path source, long maxBytes) throws IOException, ModuleRefused {
    if (Files.isDirectory(source)) {
      return readFolder(source, maxBytes);
    }
    requireAtMost(maxBytes, Files.size(source));
    byte[] bytes = Files.readAllBytes(source);
    return isScript(source) ? ScriptFiles.of(Map.of(nameOf(source), bytes)) : bytes;
  }

  /** Whether a file is a script by its name. */
  private static boolean isScript(Path file) {
    return nameOf(file).toLowerCase(Locale.ROOT).endsWith(SCRIPT);
  }

  private static byte[] readFolder(Path folder, long maxBytes) throws IOException, ModuleRefused {
    SortedMap<String, FileStamp> stamps = stamps(folder);
    if (stamps.size() > ScriptFiles.MAX_FILES) {
      throw new ModuleRefused(
          "has more than %,d files that end with %s".formatted(ScriptFiles.MAX_FILES, SCRIPT));
    }
    if (!stamps.containsKey(INDEX)) {
      throw new ModuleRefused("is a folder without " + INDEX);
    }
    requireAtMost(maxBytes, sizeBytes(stamps.values()));
    var files = new LinkedHashMap<String, byte[]>();
    String prefix = nameOf(folder) + "/";
    files.put(prefix + INDEX, new byte[0]); // It comes first.
    for (String name : stamps.keySet()) {
      files.put(prefix + name, Files.readAllBytes(folder.resolve(name)));
    }
    return ScriptFiles.of(files);
  }

  private static void requireAtMost(long maxBytes, long bytes) throws ModuleRefused {
    if (bytes > maxBytes) {
      throw new ModuleRefused("has " + bytes + " bytes; a module may have at most " + maxBytes);
    }
  }

  private static String nameOf(Path path) {
    return String.valueOf(path.toAbsolutePath().normalize().getFileName());
  }

  /** What tells one state of a folder of scripts from another; null if it is none. */
  static @Nullable FileStamp stampOfFolder(Path folder) throws IOException {
    return Files.isRegularFile(folder.resolve(INDEX)) ? together(stamps(folder)) : null;
  }

  /** One for several files. */
  static FileStamp together(SortedMap<String, FileStamp> stamps) {
    FileTime newest = FileTime.fromMillis(0);
    for (FileStamp stamp : stamps.values()) {
      newest = stamp.modified().compareTo(newest) > 0 ? stamp.modified() : newest;
    }
    return new FileStamp(newest, sizeBytes(stamps.values()), stamps, null);
  }

  private static long sizeBytes(Collection<FileStamp> stamps) {
    return stamps.stream().mapToLong(FileStamp::sizeBytes).sum();
  }

  /** A folder's files, by their names in it; one more than there may be at most. */
  private static SortedMap<String, FileStamp> stamps(Path folder) throws IOException {
    var found = new TreeMap<String, FileStamp>();
    FileVisitor<Path> visitor =
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path inner, BasicFileAttributes attributes) {
            String name = nameOf(inner);
            boolean isOurs =
                inner.equals(folder) || !(name.startsWith(".") || name.equals(PACKAGES));
            return isOurs ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            String name = nameOf(file);
            FileStamp stamp =
                name.endsWith(SCRIPT) && !name.startsWith(".") ? FileStamp.of(file) : null;
            if (stamp != null) {
              found.put(folder.relativize(file).toString().replace('\\', '/'), stamp);
            }
            return found.size() > ScriptFiles.MAX_FILES
                ? FileVisitResult.TERMINATE
                : FileVisitResult.CONTINUE;
          }
        };
    Files.walkFileTree(folder, visitor);
    return found;
  }
}
