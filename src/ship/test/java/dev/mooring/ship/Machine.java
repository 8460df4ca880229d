package dev.mooring.ship;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A Debian machine with systemd, for one test: this machine's files in namespaces of their own, see
 * {@code test/machine}. What is written there is gone with it.
 */
final class Machine implements AutoCloseable {
  private static final Path SCRIPT = Path.of("test/machine").toAbsolutePath();
  private static final int PATIENCE_SECONDS = 60;

  private final Process around;
  private final Path folder;
  private final ProcessHandle init;

  private Machine(Process around, Path folder, ProcessHandle init) {
    this.around = around;
    this.folder = folder;
    this.init = init;
  }

  /** Starts one in an empty folder; {@code /mnt} there are the packages. */
  static Machine boot(Path folder) throws Exception {
    Shell.needs("dpkg", "adduser", "systemctl", "nsenter", "unshare", "pivot_root", "ip");
    Shell.needsRoot();
    Process around =
        Shell.builder(
                Map.of(), List.of(SCRIPT.toString(), folder.toString(), Packages.FOLDER.toString()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader out = around.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    if (line == null) {
      around.destroyForcibly();
      throw new IOException("the machine did not start; its reason is above");
    }
    ProcessHandle init = ProcessHandle.of(Long.parseLong(line)).orElseThrow();
    var machine = new Machine(around, folder, init);
    machine.await("running", "systemctl", "is-system-running");
    return machine;
  }

  /** Runs a command there, as root. */
  Shell.Run run(String... words) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("nsenter", "-t", Long.toString(init.pid()), "-m", "-u", "-i"));
    command.addAll(List.of("-n", "-p", "-C", "-r", "-w", "env", "-i", "LANG=C.UTF-8"));
    command.add("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
    command.addAll(List.of(words));
    return Shell.run(Map.of(), command);
  }

  /** What it prints there; it must succeed. */
  String check(String... words) throws Exception {
    Shell.Run run = run(words);
    assertEquals(0, run.exitCode(), () -> String.join(" ", words) + "\n" + run.out() + run.err());
    return run.out().strip();
  }

  /** Runs it again and again until it prints that, among others. */
  void await(String expected, String... words) throws Exception {
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (true) {
      Shell.Run run = run(words);
      if (run.out().contains(expected)) {
        return;
      }
      if (System.nanoTime() - endNs > 0) {
        throw new AssertionError(
            String.join(" ", words) + " never said " + expected + "\n" + run.out() + run.err());
      }
      Thread.sleep(50);
    }
  }

  /** All files and folders that were written there, and what is gone, by their paths. */
  List<String> written() throws Exception {
    String upper = folder.resolve("upper").toString();
    return Shell.check(
            "nsenter", "-t", Long.toString(around.pid()), "-m", "find", upper, "-printf", "/%P\\n")
        .lines()
        .sorted()
        .toList();
  }

  @Override
  public void close() throws IOException {
    init.destroyForcibly();
    try {
      if (around.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    around.destroyForcibly();
    throw new IOException("the machine did not end");
  }
}
