package dev.mooring.server.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.client.OpenOptions;
import dev.mooring.proto.ChildJvm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The distribution's server with a store, which is ended and started anew at the same port. */
public final class StoredServer implements AutoCloseable {
  /** Of its clients: on a busy machine it takes its time. */
  public static final OpenOptions.Timeouts TIMEOUTS =
      OpenOptions.Timeouts.DEFAULTS
          .withOpen(Duration.ofMinutes(1))
          .withReconnect(Duration.ofMinutes(5));

  private static final Path HOME =
      Path.of(System.getProperty("mooring.distribution", "target/mooring")).toAbsolutePath();
  private static final long SECONDS = 120;
  private static final String MAX_CALL_TIMEOUT_MILLIS = "20000";

  private final Path folder;
  private final List<String> store;
  private final Map<String, String> environment;
  private final int port = freePort();
  private @Nullable Process process;

  /**
   * It isn't started yet.
   *
   * @param folder for all that it has: a store, modules, its log
   * @param environment variables that it gets besides
   */
  public StoredServer(Path folder, Map<String, String> environment) throws IOException {
    this(folder, List.of("--store", folder.resolve("store").toString()), environment);
  }

  private StoredServer(Path folder, List<String> store, Map<String, String> environment)
      throws IOException {
    this.folder = folder;
    this.store = store;
    this.environment = environment;
    Guests.in(Files.createDirectories(folder.resolve("modules")));
  }

  /**
   * One that shares a database with others.
   *
   * @param name its own among them
   */
  public static StoredServer node(
      Path folder, String database, String name, Map<String, String> environment)
      throws IOException {
    return new StoredServer(folder, List.of("--store", database, "--node", name), environment);
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** Returns when it listens. */
  public void start() throws IOException {
    assertNull(process);
    var command =
        new ArrayList<>(
            List.of(
                HOME.resolve("bin/mooring").toString(),
                "serve",
                "--listen",
                "127.0.0.1:" + port,
                "--modules",
                folder.resolve("modules").toString()));
    command.addAll(store);
    ProcessBuilder builder =
        ChildJvm.ofLauncher(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()));
    builder.environment().put("MOORING_SESSION_MAX_CALL_TIMEOUT_MS", MAX_CALL_TIMEOUT_MILLIS);
    builder.environment().putAll(environment);
    Process started = builder.start();
    process = started;
    String ready = started.inputReader(StandardCharsets.UTF_8).readLine();
    assertNotNull(ready, () -> "it did not start: " + log());
  }

  /** Kill -9; returns when it is gone. */
  public void kill() throws InterruptedException {
    Process killed = running();
    killed.destroyForcibly();
    awaitEnd(killed);
  }

  /** SIGTERM; returns when it has ended, in good order. */
  public void terminate() throws InterruptedException {
    Process ending = running();
    ending.destroy();
    awaitEnd(ending);
    assertEquals(0, ending.exitValue(), this::log);
  }

  /** SIGSTOP, or SIGCONT: it stands still, or goes on. */
  public void signal(String name) throws IOException, InterruptedException {
    int ended = new ProcessBuilder("kill", "-" + name, "" + running().pid()).start().waitFor();
    assertEquals(0, ended, name);
  }

  private void awaitEnd(Process ending) throws InterruptedException {
    assertTrue(ending.waitFor(SECONDS, TimeUnit.SECONDS), "it did not end");
    process = null;
  }

  private Process running() {
    Process running = process;
    assertNotNull(running, "it isn't running");
    return running;
  }

  /** The end of what it has logged. */
  public String log() {
    try {
      String log = Files.readString(folder.resolve("log"));
      return log.substring(Math.max(0, log.length() - 10_000));
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Override
  public void close() {
    if (process != null) {
      process.destroyForcibly();
    }
  }
}
