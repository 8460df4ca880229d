package dev.mooring.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Sees to it that nothing of a server is left: a shell that waits for the end of its input, which
 * comes when the guard is dismissed and also when this JVM is gone, however it went. Then it kills
 * every process whose working directory is in the server's folder (a postmaster's children have
 * its), frees the memory that they share, and unmounts the server's disk.
 */
final class Guard {
  private static final int SECONDS = 60;

  /** Its arguments: the folder, its disk, the data; then how to become the server's user. */
  private static final String SCRIPT =
      """
      trap '' HUP INT QUIT TERM
      folder=$1 disk=$2 data=$3
      shift 3
      read -r nothing

      left=1 rounds=0
      while [ "$left" ] && [ $rounds -lt 400 ]; do
        left=$("$@" sh -c '
          pids=$(find /proc/[0-9]*/cwd -maxdepth 0 \\( -lname "$0" -o -lname "$0/*" \\) 2>/dev/null |
            cut -d / -f 3)
          [ -z "$pids" ] || kill -KILL $pids
          echo $pids' "$folder" 2>/dev/null) || left=unknown
        rounds=$((rounds + 1))
        [ -z "$left" ] || sleep 0.05
      done

      shared=$(sed -n '7s/.* //p' "$data/postmaster.pid" 2>/dev/null)
      [ -z "$shared" ] || "$@" ipcrm -m "$shared" 2>/dev/null

      if mountpoint -q "$disk"; then
        umount "$disk" 2>/dev/null || umount --lazy "$disk"
      fi
      [ -z "$left" ] && ! mountpoint -q "$disk"
      """;

  private final Process shell;

  /**
   * Begins to watch over a folder that is there.
   *
   * @param disk what may be mounted
   * @param data where the server has its data
   */
  Guard(Path folder, Path disk, Path data) throws IOException {
    var command = new ArrayList<>(List.of("setsid", "sh", "-c", SCRIPT, "postgres-guard"));
    command.addAll(List.of(folder.toString(), disk.toString(), data.toString()));
    List<String> asOwner = PostgresPrograms.asOwner();
    command.addAll(asOwner.isEmpty() ? List.of("env") : asOwner);
    shell =
        PostgresPrograms.builder(Path.of("/"), command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
  }

  /** Returns when nothing is left, even if its thread is interrupted. */
  void dismiss() throws IOException {
    shell.getOutputStream().close();
    int ended = shell.onExit().orTimeout(SECONDS, TimeUnit.SECONDS).join().exitValue();
    assertEquals(0, ended, "processes or a mount of a server are left");
  }
}
