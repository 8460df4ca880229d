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
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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

  /** Debian's libfaketime. */
  private static final Optional<Path> FAKE_TIME =
      folders(Path.of("/usr/lib"))
          .map(folder -> folder.resolve("faketime/libfaketime.so.1"))
          .filter(Files::exists)
          .findFirst();

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

  private static Stream<Path> folders(Path of) {
    try (Stream<Path> files = Files.list(of)) {
      return files.filter(Files::isDirectory).toList().stream();
    } catch (IOException e) {
      return Stream.of();
    }
  }

  /** Whether there is what has a server see another time of day than all others. */
  public static boolean canMoveClock() {
    return FAKE_TIME.isPresent();
  }

  /**
   * From its next start on, its time of day is so many hours later than that of all others, or
   * earlier; {@link #moveClock} changes that while it runs.
   */
  public void moveClock(int hours) throws IOException {
    Path next = folder.resolve("clock.next");
    Files.writeString(next, "%+dh".formatted(hours));
    Files.move(next, clock(), StandardCopyOption.ATOMIC_MOVE);
  }

  private Path clock() {
    return folder.resolve("clock");
  }

  private void fakeTime(Path library, Map<String, String> to) {
    to.put("LD_PRELOAD", library.toString());
    to.put("FAKETIME_TIMESTAMP_FILE", clock().toString());
    to.put("FAKETIME_CACHE_DURATION", "1");
    to.put("FAKETIME_DONT_FAKE_MONOTONIC", "1");
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
    if (Files.exists(clock())) {
      fakeTime(FAKE_TIME.orElseThrow(), builder.environment());
    }
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
