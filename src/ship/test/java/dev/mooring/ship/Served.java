package dev.mooring.ship;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A server of a package, from its start until it is ready, to its end. */
final class Served implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 60;
  private static final String READY = "mooring: listening on ";

  private final Process process;
  private final BufferedReader out;
  private final Path log;
  private final String address;
  private final long readyNs;

  private Served(Process process, BufferedReader out, Path log, String line, long readyNs) {
    this.process = process;
    this.out = out;
    this.log = log;
    this.address = line.substring(READY.length());
    this.readyNs = readyNs;
  }

  /** Starts {@code serve} by this command, with these options, on a free port. */
  static Served start(Path log, Map<String, String> environment, List<String> command)
      throws IOException {
    List<String> words = new ArrayList<>(command);
    words.addAll(List.of("--listen", "127.0.0.1:0"));
    long begunNs = System.nanoTime();
    Process process = Shell.builder(environment, words).redirectError(log.toFile()).start();
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    if (line == null || !line.startsWith(READY)) {
      process.destroyForcibly();
      throw new IOException(words + " said " + line + "\n" + Files.readString(log));
    }
    return new Served(process, out, log, line, System.nanoTime() - begunNs);
  }

  String address() {
    return address;
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  long pid() {
    return process.pid();
  }

  /** How long it took to be ready. */
  long readyNs() {
    return readyNs;
  }

  /** Ends it as an operator does; it must end well. */
  void stop() throws Exception {
    process.destroy();
    assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "the server did not end");
    assertEquals(0, process.exitValue(), log());
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    out.close();
  }
}
