package dev.mooring.ship;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What Maven has packed before the tests. */
final class Packages {
  static final Path FOLDER = Path.of("target/packages").toAbsolutePath();
  static final Path RUNTIME = Path.of("target/runtime").toAbsolutePath();
  static final Path COMPONENTS = Path.of("target/components.json").toAbsolutePath();
  static final Path DISTRIBUTION = Path.of("../target/mooring").toAbsolutePath().normalize();

  private Packages() {}

  /** The one whose name ends so; there is exactly one. */
  static Path named(String ending) throws IOException {
    try (var files = Files.list(FOLDER)) {
      List<Path> found = files.filter(file -> file.toString().endsWith(ending)).toList();
      if (found.size() != 1) {
        throw new IOException(FOLDER + " has " + found.size() + " files of the name *" + ending);
      }
      return found.getFirst();
    }
  }

  /** Unpacks the tarball, and gives the folder that was in it. */
  static Path unpack(Path folder) throws Exception {
    Shell.check("tar", "-xzf", named(".tar.gz").toString(), "-C", folder.toString());
    return folder.resolve("mooring");
  }
}
