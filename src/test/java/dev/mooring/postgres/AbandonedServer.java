package dev.mooring.postgres;

import dev.mooring.proto.ChildJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Collectors;

/**
 * A JVM that starts a server with a disk in memory, if it can, says the numbers of the server's
 * processes, and doesn't care for it any more.
 */
final class AbandonedServer {
  private AbandonedServer() {}

  static Process start(Path folder) throws IOException {
    return new ProcessBuilder(
            ChildJvm.command(
                "-cp",
                System.getProperty("java.class.path"),
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                AbandonedServer.class.getName(),
                folder.toString()))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  public static void main(String[] arguments) throws Exception {
    var options = PostgresServer.Options.DEFAULTS;
    try (var server =
        PostgresServer.start(
            Path.of(arguments[0]),
            PostgresPrograms.isRoot() ? options.withDiskMebibytes(128) : options)) {
      System.out.println(
          server.pids().stream().map(String::valueOf).collect(Collectors.joining(" ")));
      System.in.read();
    }
  }
}
