package dev.mooring.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.mooring.server.testing.Needed;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL of Debian's, on loopback at a port of its own that it keeps, with all that it has in
 * one folder: {@code disk/data}, {@code socket} and {@code log}. It has a database {@code mooring}
 * that belongs to a user {@code mooring}, who may do nothing else. It does as it does in production
 * (it syncs, it has checksums, a password is asked for), but it is small.
 *
 * <p>Whatever waits has an end; a failure tells the end of the server's log. Nothing of a closed
 * server is left, nor of one whose JVM is gone: see {@link Guard}. For one thread.
 */
public final class PostgresServer implements AutoCloseable {
  private static final String NAME = "mooring";

  /**
   * Below those that Linux gives to whoever connects, or one of them could have it at a restart.
   */
  private static final int MIN_PORT = 20_000;

  private static final int MAX_PORT = 32_000;
  private static final int START_ATTEMPTS = 5;

  private static final int CREATE_SECONDS = 120;
  private static final int READY_SECONDS = 60;

  /** It waits for a standby that has stopped answering for a minute. */
  private static final int STOP_SECONDS = 90;

  private static final int PSQL_SECONDS = 30;
  private static final int PROMOTE_SECONDS = 25;
  private static final long POLL_MILLIS = 10;
  private static final int LOG_CHARS = 8_000;
  private static final int LONGEST_SOCKET_PATH = 107;

  /** Where its pid file says what it is up to. */
  private static final int STATUS_LINE = 7;

  private static final String SETTINGS =
      """

      listen_addresses = '127.0.0.1'
      shared_buffers = 16MB
      min_wal_size = 16MB
      max_wal_size = 64MB
      # In its folder, so that nothing is left of it elsewhere when it is killed.
      dynamic_shared_memory_type = mmap
      log_line_prefix = '%m [%p] %a: '
      timezone = 'UTC'
      log_timezone = 'UTC'
      """;

  /**
   * What may be otherwise.
   *
   * @param fsync whether it waits for the disk, as it must in production
   * @param diskMebibytes how large a disk in memory it has for itself; 0: it has none
   * @param settings lines of its configuration that win over all others; a standby has them too
   */
  public record Options(boolean fsync, int diskMebibytes, String settings) {
    /** As in production. */
    public static final Options DEFAULTS = new Options(true, 0, "");

    /** Smaller disks have no room for what it needs itself. */
    public static final int MIN_DISK_MEBIBYTES = 96;

    public Options {
      if (diskMebibytes != 0 && diskMebibytes < MIN_DISK_MEBIBYTES) {
        throw new IllegalArgumentException(diskMebibytes + " MiB are too small a disk");
      }
    }

    public Options withFsync(boolean changed) {
      return new Options(changed, diskMebibytes, settings);
    }

    /** A disk of its own that can be full; only root can mount one. */
    public Options withDiskMebibytes(int changed) {
      return new Options(fsync, changed, settings);
    }

    public Options withSettings(String changed) {
      return new Options(fsync, diskMebibytes, changed);
    }
  }

  private final PostgresPrograms programs;
  private final Options options;
  private final String password;
  private final Path folder;
  private final Path disk;
  private final Path data;
  private final Path socket;
  private final Path log;
  private final Guard guard;

  private int port = freePort();
  private @Nullable Process postmaster;
  private boolean paused;
  private boolean hasStandby;

  private PostgresServer(PostgresPrograms programs, Options options, String password, Path folder)
      throws IOException {
    this.programs = programs;
    this.options = options;
    this.password = password;
    this.folder = Files.createDirectories(folder).toRealPath();
    disk = Files.createDirectory(this.folder.resolve("disk"));
    data = disk.resolve("data");
    socket = Files.createDirectory(this.folder.resolve("socket"));
    log = Files.createFile(this.folder.resolve("log"));
    guard = new Guard(this.folder, disk, data);
  }

  /** Whether this machine has one; if not, starting one skips the test, and fails it in CI. */
  public static boolean isAvailable() {
    return PostgresPrograms.areThere();
  }

  /**
   * Makes one and starts it.
   *
   * @param folder made if it isn't there; of nobody else's
   */
  public static PostgresServer start(Path folder) throws IOException, InterruptedException {
    return start(folder, Options.DEFAULTS);
  }

  public static PostgresServer start(Path folder, Options options)
      throws IOException, InterruptedException {
    String password = UUID.randomUUID().toString();
    var server = new PostgresServer(PostgresPrograms.find(), options, password, folder);
    boolean started = false;
    try {
      server.prepare();
      server.create();
      started = true;
    } finally {
      if (!started) {
        server.close();
      }
    }
    return server;
  }

  private static int freePort() throws IOException {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(MIN_PORT, MAX_PORT);
      try (var tried = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return tried.getLocalPort();
      } catch (BindException e) {
        // Somebody has it.
      }
    }
  }

  private void prepare() throws IOException, InterruptedException {
    String name = socket.resolve(".s.PGSQL.00000").toString();
    assertTrue(name.length() <= LONGEST_SOCKET_PATH, "too long for a socket: " + name);
    if (options.diskMebibytes > 0) {
      mount();
    }
    // It starts in no folder that others may look into.
    Files.createDirectory(
        data, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    if (PostgresPrograms.isRoot()) {
      letIn();
      for (Path path : List.of(folder, disk, data, socket)) {
        own(path);
      }
    }
  }

  private void mount() throws IOException, InterruptedException {
    if (!PostgresPrograms.isRoot()) {
      throw Needed.missing("only root can mount a disk", "run this test as root");
    }
    String size = "size=" + options.diskMebibytes + "m,mode=0755";
    PostgresPrograms.run(
        folder,
        List.of("mount", "-t", "tmpfs", "-o", size, "mooring-test", disk.toString()),
        Map.of(),
        "",
        PSQL_SECONDS);
  }

  /** A test's folder is its user's alone: others may pass through it. */
  private void letIn() throws IOException {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir")).toRealPath();
    if (!folder.startsWith(temporary)) {
      return;
    }
    Path path = temporary;
    for (Path name : temporary.relativize(folder)) {
      path = path.resolve(name);
      var permissions = Files.getPosixFilePermissions(path);
      if (permissions.add(PosixFilePermission.OTHERS_EXECUTE)) {
        Files.setPosixFilePermissions(path, permissions);
      }
    }
  }

  private static void own(Path path) throws IOException {
    var users = path.getFileSystem().getUserPrincipalLookupService();
    var attributes = Files.getFileAttributeView(path, PosixFileAttributeView.class);
    attributes.setOwner(users.lookupPrincipalByName(PostgresPrograms.OWNER));
    attributes.setGroup(users.lookupPrincipalByGroupName(PostgresPrograms.OWNER));
  }

  private void create() throws IOException, InterruptedException {
    Path secret = Files.writeString(folder.resolve("secret"), password);
    if (PostgresPrograms.isRoot()) {
      own(secret);
    }
    // What is made here is written long before anything of a test's is.
    List<String> command =
        programs.ofServer(
            "initdb",
            "--pgdata=" + data,
            "--username=" + PostgresPrograms.OWNER,
            "--pwfile=" + secret,
            "--auth-host=scram-sha-256",
            "--auth-local=scram-sha-256",
            "--data-checksums",
            "--no-locale",
            "--encoding=UTF8",
            "--wal-segsize=4",
            "--no-sync");
    PostgresPrograms.run(folder, command, Map.of(), "", CREATE_SECONDS);
    Files.delete(secret);
    Files.writeString(
        data.resolve("postgresql.conf"),
        SETTINGS + "fsync = " + options.fsync + "\n" + options.settings,
        StandardOpenOption.APPEND);
    startAtAFreePort();
    psql(
        PostgresPrograms.OWNER,
        "CREATE ROLE %1$s LOGIN PASSWORD '%2$s'; CREATE DATABASE %1$s OWNER %1$s;"
            .formatted(NAME, password));
  }

  private void startAtAFreePort() throws IOException, InterruptedException {
    for (int attempt = 1; !comesUp(); attempt++) {
      assertTrue(attempt < START_ATTEMPTS, () -> "no port is free" + logged());
      port = freePort();
    }
  }

  /** Starts it and waits until it is ready. False if its port is somebody else's. */
  private boolean comesUp() throws IOException, InterruptedException {
    assertNull(postmaster, "it is running");
    long logBytes = Files.size(log);
    List<String> command =
        programs.ofServer(
            "postgres", "-D", data.toString(), "-p", "" + port, "-k", socket.toString());
    Process started =
        PostgresPrograms.builder(data, command)
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    postmaster = started;
    await(() -> isReady(started) || !started.isAlive(), READY_SECONDS, "it is ready");
    if (started.isAlive()) {
      return true;
    }
    postmaster = null;
    byte[] all = Files.readAllBytes(log);
    String said =
        new String(all, (int) logBytes, all.length - (int) logBytes, StandardCharsets.UTF_8);
    if (!said.contains("could not bind")) {
      fail("it has not come up" + logged());
    }
    return false;
  }

  private boolean isReady(Process started) {
    try {
      List<String> lines = Files.readAllLines(data.resolve("postmaster.pid"));
      return lines.size() > STATUS_LINE
          && lines.getFirst().equals(Long.toString(started.pid()))
          && lines.get(STATUS_LINE).startsWith("ready");
    } catch (IOException e) {
      return false;
    }
  }

  private void await(BooleanSupplier condition, int seconds, String what)
      throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        fail("it did not come about within " + seconds + " s that " + what + logged());
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  /** For {@code mooring}, without the password. */
  public String url() {
    return "postgresql://" + NAME + "@127.0.0.1:" + port + "/" + NAME;
  }

  /** That of {@code mooring}, and of the administrator {@code postgres}. */
  public String password() {
    return password;
  }

  /** Where it listens, or did. */
  public InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** Of the process that all others are children of, while it runs. */
  public long pid() {
    return running().pid();
  }

  /** What it logs to. */
  public Path logFile() {
    return log;
  }

  /** The end of what it has logged. */
  public String log() {
    try {
      String text = Files.readString(log);
      return text.substring(Math.max(0, text.length() - LOG_CHARS));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private String logged() {
    return "\nIts log ends so:\n" + log();
  }

  /** Of all its processes, the postmaster's first. */
  List<Long> pids() {
    return new ProcessTree(running()).pids();
  }

  private Process running() {
    Process running = postmaster;
    assertNotNull(running, () -> "it isn't running" + logged());
    return running;
  }

  /**
   * What statements answer whom may do all, in the database {@code mooring}: a line for each row,
   * with bars between its columns. Each statement is a transaction, unless they say otherwise.
   *
   * @throws AssertionError if one fails, with what psql says; those behind it weren't tried
   */
  public String psql(String sql) throws IOException, InterruptedException {
    return psql(NAME, sql);
  }

  private String psql(String database, String sql) throws IOException, InterruptedException {
    List<String> command =
        programs.ofClient(
            "psql",
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--set=ON_ERROR_STOP=1",
            "--host=127.0.0.1",
            "--port=" + port,
            "--username=" + PostgresPrograms.OWNER,
            database);
    try {
      return PostgresPrograms.run(
              Path.of("/"), command, Map.of("PGPASSWORD", password), sql, PSQL_SECONDS)
          .stripTrailing();
    } catch (AssertionError e) {
      throw new AssertionError(sql + "\n" + e.getMessage() + logged(), e);
    }
  }

  /** Ends it in good order: what is under way is rolled back, connections are ended. */
  public void stop() throws IOException, InterruptedException {
    Process ending = running();
    goOn();
    ProcessTree.signal("INT", List.of(ending.pid()));
    await(() -> !ending.isAlive(), STOP_SECONDS, "it has stopped");
    postmaster = null;
    assertEquals(0, ending.exitValue(), this::log);
  }

  /** Stops it, if it is running, and starts it again, at the same port. */
  public void restart() throws IOException, InterruptedException {
    if (postmaster != null) {
      if (postmaster.isAlive()) {
        stop();
      }
      postmaster = null;
    }
    assertTrue(comesUp(), () -> "its port is somebody else's" + logged());
  }

  /** SIGKILL to all its processes; returns when they are gone. */
  public void kill() throws IOException, InterruptedException {
    Process killed = running();
    new ProcessTree(killed).kill();
    await(() -> !killed.isAlive(), STOP_SECONDS, "it is gone");
    postmaster = null;
    paused = false;
  }

  /** SIGSTOP to all its processes: it accepts no one and answers nothing, but its sockets stay. */
  public void pause() throws IOException, InterruptedException {
    new ProcessTree(running()).pause();
    paused = true;
  }

  /** Ends a pause, if there is one. */
  public void goOn() throws IOException, InterruptedException {
    if (paused) {
      new ProcessTree(running()).goOn();
      paused = false;
    }
  }

  /**
   * Makes a standby and starts it, with the same options. Returns when it is synchronous: from then
   * on this commits nothing that the standby doesn't have, and nothing at all without it. One at
   * most.
   */
  public PostgresServer standby(Path ofStandby) throws IOException, InterruptedException {
    assertFalse(hasStandby, "it has a standby");
    var standby = new PostgresServer(programs, options, password, ofStandby);
    boolean started = false;
    try {
      standby.prepare();
      standby.copy(this);
      standby.startAtAFreePort();
      awaitAnswer("SELECT state FROM pg_stat_replication", "streaming");
      psql("ALTER SYSTEM SET synchronous_standby_names = 'standby'; SELECT pg_reload_conf();");
      awaitAnswer("SELECT sync_state FROM pg_stat_replication", "sync");
      started = true;
    } finally {
      if (!started) {
        standby.close();
      }
    }
    hasStandby = true;
    return standby;
  }

  private void copy(PostgresServer primary) throws IOException, InterruptedException {
    List<String> command =
        programs.ofServer(
            "pg_basebackup",
            "--pgdata=" + data,
            "--dbname=host=127.0.0.1 port=%d user=%s application_name=standby"
                .formatted(primary.port, PostgresPrograms.OWNER),
            "--write-recovery-conf",
            "--create-slot",
            "--slot=standby",
            "--wal-method=stream",
            "--checkpoint=fast",
            "--no-sync");
    try {
      PostgresPrograms.run(folder, command, Map.of("PGPASSWORD", password), "", CREATE_SECONDS);
    } catch (AssertionError e) {
      throw new AssertionError(e.getMessage() + primary.logged(), e);
    }
  }

  private void awaitAnswer(String sql, String expected) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    String answer = psql(sql);
    while (!answer.equals(expected)) {
      if (System.nanoTime() > end) {
        fail(sql + " still says '" + answer + "', not " + expected + logged());
      }
      Thread.sleep(POLL_MILLIS);
      answer = psql(sql);
    }
  }

  /** Makes a primary of a standby; returns when it takes changes. It waits for no standby. */
  public void promote() throws IOException, InterruptedException {
    assertEquals("t", psql("SELECT pg_promote(true, " + PROMOTE_SECONDS + ")"), "it is promoted");
  }

  /** Whether it runs; it may have ended by itself, for want of a disk. */
  public boolean isRunning() {
    return postmaster != null && postmaster.isAlive();
  }

  /** Whether it can have a disk of its own here. */
  public static boolean canHaveDisk() throws IOException {
    return PostgresPrograms.isRoot();
  }

  /** Leaves not a byte free on its disk, which must be one in memory. */
  public void fillDisk() throws IOException {
    assertTrue(options.diskMebibytes > 0, "it has no disk of its own");
    byte[] zeros = new byte[1 << 12];
    try (OutputStream out =
        Files.newOutputStream(ballast(), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      while (Files.getFileStore(disk).getUnallocatedSpace() > 0) {
        out.write(zeros);
      }
    }
  }

  /** Frees what {@link #fillDisk} has taken. */
  public void freeDisk() throws IOException {
    Files.delete(ballast());
  }

  private Path ballast() {
    return disk.resolve("ballast");
  }

  /** Kills it, however it is. Its files are left, but for those on a disk in memory. */
  @Override
  public void close() throws IOException {
    guard.dismiss();
    Process killed = postmaster;
    postmaster = null;
    if (killed != null) {
      killed.onExit().orTimeout(STOP_SECONDS, TimeUnit.SECONDS).join();
    }
  }
}
