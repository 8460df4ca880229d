package dev.mooring.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A server in a process of its own, on a port of its own. Mooring is as an operator has it: the
 * distribution, started by its launcher. Its defaults hold, but for the number of event loops. One
 * thread.
 */
final class ServerProcess implements AutoCloseable {
  /** Mooring's configuration, beside the modules. */
  static final String CONFIG = "mooring.toml";

  private static final String LISTENING = "listening on ";

  /** All of a load comes from one address, and none of the peers minds how fast. */
  private static final String ANY_RATE =
      "[limits]\naccepts_per_second = 0\nfailed_opens_per_minute = 0\n";

  private static final double MILLIS_PER_SECOND = 1e3;
  private static final int START_SECONDS = 180;
  private static final int END_SECONDS = 15;

  private final Process process;
  private final Path folder;
  private final int port;
  private final long startedNanos;

  private ServerProcess(Process process, Path folder, int port, long startedNanos) {
    this.process = process;
    this.folder = folder;
    this.port = port;
    this.startedNanos = startedNanos;
  }

  /**
   * Starts Mooring on all processors, and waits until it listens.
   *
   * @param guests names of the modules that it has
   */
  static ServerProcess start(Setting setting, int eventLoops, List<String> guests)
      throws IOException, InterruptedException {
    return start(setting, Rival.MOORING, "", eventLoops, guests, "", List.of());
  }

  /**
   * Starts a server, and waits until it listens.
   *
   * @param cpus which processors it may use, as taskset takes them; empty for all
   * @param loops its event loops, or processes
   * @param guests names of the modules that it has
   */
  static ServerProcess start(
      Setting setting, Rival rival, String cpus, int loops, List<String> guests)
      throws IOException, InterruptedException {
    return start(setting, rival, cpus, loops, guests, ANY_RATE, List.of());
  }

  /**
   * Starts Mooring, and waits until it listens.
   *
   * @param config tables of a configuration file
   */
  static ServerProcess start(
      Setting setting, Placement placement, List<String> guests, String config)
      throws IOException, InterruptedException {
    return start(
        setting,
        Rival.MOORING,
        placement.serverCpus(),
        placement.loops(),
        guests,
        ANY_RATE + config,
        List.of());
  }

  /**
   * Starts Mooring with a store, and waits until it listens.
   *
   * @param store its folder, which stays when the server ends
   * @param jvm flags that win over the launcher's
   */
  static ServerProcess start(
      Setting setting, Placement placement, List<String> guests, Path store, List<String> jvm)
      throws IOException, InterruptedException {
    String config = ANY_RATE + "[store]\nfolder = '" + store + "'\n";
    return start(
        setting, Rival.MOORING, placement.serverCpus(), placement.loops(), guests, config, jvm);
  }

  private static ServerProcess start(
      Setting setting,
      Rival rival,
      String cpus,
      int loops,
      List<String> guests,
      String config,
      List<String> jvm)
      throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("mooring-bench");
    for (String guest : guests) {
      Files.copy(setting.guest(guest), folder.resolve(guest + ".wasm"));
    }
    Files.writeString(
        folder.resolve(CONFIG), "[transport]\nevent_loops = " + loops + "\n" + config);
    var builder =
        new ProcessBuilder(Placement.on(cpus, rival.command(setting, folder, loops)))
            .redirectError(folder.resolve("log").toFile());
    builder.environment().put("MOORING_JAVA_HOME", System.getProperty("java.home"));
    builder
        .environment()
        .merge(
            "MOORING_JAVA_OPTIONS",
            String.join(" ", Stream.concat(Setting.assertions().stream(), jvm.stream()).toList()),
            (own, more) -> own + " " + more);
    long startedNanos = System.nanoTime();
    Process process = builder.start();
    // Launcher and taskset replace themselves, so this is the server itself.
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    var tooLong =
        CompletableFuture.runAsync(
            process::destroyForcibly,
            CompletableFuture.delayedExecutor(START_SECONDS, TimeUnit.SECONDS));
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    while (line != null && !line.contains(LISTENING)) { // What a JVM has to say about its flags.
      line = out.readLine();
    }
    tooLong.cancel(false);
    if (line == null) {
      process.destroyForcibly();
      throw new IOException(rival.label() + " did not start; its log is " + folder.resolve("log"));
    }
    int port = Integer.parseInt(line.replaceAll(".*[^0-9]", ""));
    return new ServerProcess(process, folder, port, startedNanos);
  }

  /** When it was started, as {@link System#nanoTime} counts: before its process was made. */
  long startedNanos() {
    return startedNanos;
  }

  int port() {
    return port;
  }

  /** Its process, and those that it started. */
  List<Long> pids() {
    return Stream.concat(Stream.of(process.pid()), process.descendants().map(ProcessHandle::pid))
        .toList();
  }

  /** What it has used of processors, in seconds; none if the system doesn't say. */
  OptionalDouble cpuSeconds() {
    Optional<Duration> used = process.info().totalCpuDuration();
    return used.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(used.get().toMillis() / MILLIS_PER_SECOND);
  }

  /** Throws if it has died. */
  void checkAlive() throws IOException {
    if (!process.isAlive()) {
      throw new IOException("the server died; its log is " + folder.resolve("log"));
    }
  }

  /** Kill -9; returns when it is gone. */
  void kill() throws IOException {
    process.destroyForcibly().onExit().join();
    Folders.delete(folder);
  }

  /** Ends it in good order, or, if it will not, in any. Its log stays if it had died before. */
  @Override
  public void close() throws IOException {
    if (!process.isAlive()) {
      return;
    }
    process.destroy();
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().onExit().join();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    Folders.delete(folder);
  }
}
