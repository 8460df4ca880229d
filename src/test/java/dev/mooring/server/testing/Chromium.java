package dev.mooring.server.testing;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A browser without a window that shows one page until it is closed. */
public final class Chromium implements AutoCloseable {
  private static final long SECONDS = 30;

  /** How its log marks what a page, or the browser itself about it, writes to the console. */
  private static final String CONSOLE = "CONSOLE";

  private final Process process;
  private final Path log;
  private final Path profile;

  private Chromium(Process process, Path log, Path profile) {
    this.process = process;
    this.log = log;
    this.profile = profile;
  }

  /**
   * Opens a page; returns at once. Where there is no browser the test is skipped, and says so; but
   * not in CI.
   *
   * @param folder for its profile and its log
   */
  public static Chromium open(URI page, Path folder) throws IOException {
    Path profile = Files.createTempDirectory(folder, "profile");
    var command = new ArrayList<String>();
    command.add(find().toString());
    command.addAll(
        List.of(
            "--headless=new",
            // CI runs as root in a container, where Chromium's own sandbox doesn't work.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--no-proxy-server",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            // Nobody looks at the page, and it is to be as quick as one that somebody looks at.
            "--disable-background-timer-throttling",
            "--disable-backgrounding-occluded-windows",
            "--disable-renderer-backgrounding",
            "--enable-logging=stderr",
            "--remote-debugging-port=0",
            "--user-data-dir=" + profile,
            page.toString()));
    Path log = folder.resolve("chromium.log");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(log.toFile())
            .start();
    return new Chromium(process, log, profile);
  }

  private static Path find() {
    return Needed.programs("chromium", "chromium-browser", "google-chrome")
        .findFirst()
        .orElseThrow(
            () ->
                Needed.missing(
                    "there is no Chromium on the PATH, so no browser has run its client's tests",
                    "install Debian's package chromium"));
  }

  public boolean isRunning() {
    return process.isAlive();
  }

  /** Drives the page. */
  public DevTools devTools() throws IOException, InterruptedException {
    return new DevTools(profile);
  }

  /** What is in the console, a line each. */
  public List<String> console() throws IOException {
    try (var lines = Files.lines(log)) {
      return lines.filter(line -> line.contains(CONSOLE)).toList();
    }
  }

  /** The end of its log. */
  public String log() {
    try {
      String all = Files.readString(log);
      return all.substring(Math.max(0, all.length() - 5_000));
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Ends it with all its processes; returns when they are gone, and leave its folder alone. */
  @Override
  public void close() {
    var all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    all.forEach(ProcessHandle::destroyForcibly);
    CompletableFuture.allOf(
            all.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new))
        .orTimeout(SECONDS, TimeUnit.SECONDS)
        .join();
  }
}
