package dev.mooring.postgres;

import static dev.mooring.server.testing.Eventually.assertEventually;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A process and all that it has started. No signal to a group reaches those: each of PostgreSQL's
 * has a session of its own.
 */
final class ProcessTree {
  private static final char STOPPED = 'T';
  private static final char ZOMBIE = 'Z';
  private static final char GONE = 'X';
  private static final int SIGNAL_SECONDS = 10;

  private final Process root;

  ProcessTree(Process root) {
    this.root = root;
  }

  /** The root first. */
  List<Long> pids() {
    return Stream.concat(Stream.of(root.toHandle()), root.descendants())
        .map(ProcessHandle::pid)
        .toList();
  }

  /** SIGSTOP to all. The root is the first, so that none is started meanwhile. */
  List<Long> pause() throws IOException, InterruptedException {
    signal("STOP", List.of(root.pid()));
    assertEventually(
        () -> state(root.pid()) == STOPPED || !isRunning(root.pid()), "the postmaster is stopped");
    List<Long> pids = pids();
    signal("STOP", pids);
    return pids;
  }

  /** SIGCONT to all; the root is the last. */
  void goOn() throws IOException, InterruptedException {
    signal("CONT", pids().reversed());
  }

  /** SIGKILL to all; returns when none is left. */
  void kill() throws IOException, InterruptedException {
    List<Long> pids = pause();
    signal("KILL", pids);
    assertEventually(
        () -> pids.stream().noneMatch(ProcessTree::isRunning), pids + " are gone after SIGKILL");
  }

  /** Those that are gone meanwhile don't mind. */
  static void signal(String signal, List<Long> pids) throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of("sh", "-c", "kill -\"$0\" \"$@\"", signal));
    pids.forEach(pid -> command.add(pid.toString()));
    Process kill =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!kill.waitFor(SIGNAL_SECONDS, TimeUnit.SECONDS)) {
      kill.destroyForcibly();
    }
  }

  /** A zombie runs no more, whoever hasn't taken note of its end. */
  static boolean isRunning(long pid) {
    char state = state(pid);
    return state != ZOMBIE && state != GONE;
  }

  private static char state(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2);
    } catch (IOException e) {
      return GONE;
    }
  }
}
