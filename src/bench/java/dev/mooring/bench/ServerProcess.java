package dev.mooring.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A server as an operator has it: the distribution, started by its launcher, on a port of its own.
 * Its defaults hold, but for the number of event loops. One thread.
 */
final class ServerProcess implements AutoCloseable {
  private static final String LISTENING = "mooring: listening on ";
  private static final int END_SECONDS = 15;

  private final Process process;
  private final Path folder;
  private final int port;

  private ServerProcess(Process process, Path folder, int port) {
    this.process = process;
    this.folder = folder;
    this.port = port;
  }

  /**
   * Starts it, and waits until it listens.
   *
   * @param guests names of the modules that it has
   */
  static ServerProcess start(Setting setting, int eventLoops, List<String> guests)
      throws IOException {
    Path folder = Files.createTempDirectory("mooring-bench");
    for (String guest : guests) {
      Files.copy(setting.guest(guest), folder.resolve(guest + ".wasm"));
    }
    Path config = folder.resolve("mooring.toml");
    Files.writeString(config, "[transport]\nevent_loops = " + eventLoops + "\n");
    var command = new ArrayList<String>();
    command.add(setting.source().resolve("target/mooring/bin/mooring").toString());
    command.addAll(List.of("serve", "--listen", "127.0.0.1:0"));
    command.addAll(List.of("--modules", folder.toString(), "--config", config.toString()));
    var builder = new ProcessBuilder(command).redirectError(folder.resolve("log").toFile());
    builder.environment().put("MOORING_JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    // It replaces the launcher, so this is the server itself.
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    if (line == null || !line.startsWith(LISTENING)) {
      process.destroyForcibly();
      throw new IOException("the server did not start; its log is " + folder.resolve("log"));
    }
    return new ServerProcess(
        process, folder, Integer.parseInt(line.substring(line.lastIndexOf(':') + 1)));
  }

  int port() {
    return port;
  }

  /** Throws if it has died. */
  void checkAlive() throws IOException {
    if (!process.isAlive()) {
      throw new IOException("the server died; its log is " + folder.resolve("log"));
    }
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
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
