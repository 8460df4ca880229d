package dev.mooring.postgres;

import static org.junit.jupiter.api.Assertions.fail;

import dev.mooring.server.testing.Needed;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Debian's programs of PostgreSQL, each run with an end in sight. The server won't run as root: if
 * this is root, it and whatever else touches its files run as the user that Debian has for it.
 */
final class PostgresPrograms {
  /** Whom the server runs as if this is root, and its administrator's name inside. */
  static final String OWNER = "postgres";

  private static final Path VERSIONS = Path.of("/usr/lib/postgresql");
  private static final int ROOT = 0;

  private final Path folder;

  private PostgresPrograms(Path folder) {
    this.folder = folder;
  }

  /** Those of the newest version. */
  private static Optional<Path> newest() {
    if (!Files.isDirectory(VERSIONS)) {
      return Optional.empty();
    }
    try (Stream<Path> versions = Files.list(VERSIONS)) {
      return versions
          .filter(version -> version.getFileName().toString().matches("[0-9]{1,4}"))
          .sorted(
              Comparator.comparing((Path version) -> Integer.valueOf(version.getFileName() + ""))
                  .reversed())
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  static boolean areThere() {
    return newest().isPresent();
  }

  /** Skips the test if there are none, or fails it. */
  static PostgresPrograms find() {
    return newest()
        .map(PostgresPrograms::new)
        .orElseThrow(
            () ->
                Needed.missing(
                    "there is no PostgreSQL in " + VERSIONS,
                    "install Debian's package postgresql"));
  }

  static boolean isRoot() throws IOException {
    return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == ROOT;
  }

  /** What comes before a command so that the server's user runs it. The process stays the same. */
  static List<String> asOwner() throws IOException {
    return isRoot()
        ? List.of("setpriv", "--reuid=" + OWNER, "--regid=" + OWNER, "--init-groups", "--")
        : List.of();
  }

  /** The command of a program of the server's side. */
  List<String> ofServer(String program, String... arguments) throws IOException {
    var command = new ArrayList<>(asOwner());
    command.addAll(ofClient(program, arguments));
    return command;
  }

  List<String> ofClient(String program, String... arguments) {
    var command = new ArrayList<>(List.of(folder.resolve(program).toString()));
    command.addAll(List.of(arguments));
    return command;
  }

  /** To start one in a folder, with no setting of whoever runs the tests. */
  static ProcessBuilder builder(Path folder, List<String> command) {
    var builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
    builder.environment().put("LC_ALL", "C.UTF-8");
    return builder;
  }

  /**
   * Runs a program until it ends.
   *
   * @param input what it reads
   * @return what it has written to its standard output
   * @throws AssertionError if it ends with an error or not at all, with what it has said
   */
  static String run(
      Path folder, List<String> command, Map<String, String> environment, String input, int seconds)
      throws IOException, InterruptedException {
    Path in = Files.writeString(Files.createTempFile("postgres", ".in"), input);
    Path out = Files.createTempFile("postgres", ".out");
    Path err = Files.createTempFile("postgres", ".err");
    try {
      ProcessBuilder builder = builder(folder, command);
      builder.environment().putAll(environment);
      Process process =
          builder
              .redirectInput(in.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      try {
        if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
          fail(said(command, out, err) + "\nand has not ended within " + seconds + " s");
        }
      } finally {
        process.destroyForcibly();
      }
      if (process.exitValue() != 0) {
        fail(said(command, out, err) + "\nand exit code " + process.exitValue());
      }
      return Files.readString(out);
    } finally {
      for (Path file : List.of(in, out, err)) {
        Files.delete(file);
      }
    }
  }

  private static String said(List<String> command, Path out, Path err) throws IOException {
    String program =
        command.stream()
            .filter(word -> word.startsWith(VERSIONS + File.separator))
            .findFirst()
            .orElseGet(command::getFirst);
    return program + " has said:\n" + Files.readString(err) + Files.readString(out);
  }
}
