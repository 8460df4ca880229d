package dev.mooring.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The folder that holds {@code bin}, {@code lib}, {@code modules} and {@code conf}. */
final class Distribution {
  private Distribution() {}

  /** The modules that come with Mooring; {@code modules} here, when run without the launcher. */
  static Path modules() {
    Path home = home();
    return home == null ? Path.of("modules") : home.resolve("modules");
  }

  /** The distribution's own configuration; null if there is none. */
  static @Nullable Path config() {
    Path home = home();
    Path config = home == null ? null : home.resolve("conf").resolve("mooring.toml");
    return config != null && Files.isRegularFile(config) ? config : null;
  }

  /** Where it lies, as the launcher says; null without the launcher. */
  static @Nullable Path home() {
    String home = System.getProperty("mooring.home");
    return home == null ? null : Path.of(home);
  }
}
