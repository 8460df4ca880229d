package dev.mooring.server.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The committed guests, gathered in one directory as a server wants them. */
public final class Guests {
  private static final List<Path> SOURCES =
      List.of(Path.of("guests"), Path.of("test/guests"), Path.of("bench/guests"));

  private Guests() {}

  /** Fills a directory with every guest of the product and of the tests. */
  public static Path in(Path directory) {
    try {
      for (Path source : SOURCES) {
        if (Files.isDirectory(source)) {
          copy(source, directory);
        }
      }
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copy(Path source, Path directory) throws IOException {
    try (var files = Files.walk(source)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".wasm")).toList()) {
        if (!file.toString().contains("node_modules")) {
          Files.copy(file, directory.resolve(file.getFileName()));
        }
      }
    }
  }
}
