package dev.mooring.cli;

import dev.mooring.cli.terminal.Console;
import dev.mooring.cli.text.CommandFailure;
import dev.mooring.cli.text.ExitCode;
import dev.mooring.client.MooringClient;
import dev.mooring.client.OpenOptions;
import dev.mooring.client.Value;
import dev.mooring.error.ErrorText;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;

/** {@code mooring aot}: lets the JVM remember what a server needs to start. */
@Command(
    name = "aot",
    header = "Make 'mooring serve' start in half the time, with this Java.",
    description = {
      "Starts a server on a free port of 127.0.0.1, calls it once, ends it, and keeps which classes it"
          + " loaded in the distribution's lib/mooring.aot, some 45 MB. The launcher uses that file"
          + " when it is there. It holds for this Java and this folder: with another, the server"
          + " starts as without it; then run this again. Remove the file to go without.",
      "",
      "Example:",
      "  mooring aot && mooring serve"
    })
final class AotCommand implements Callable<Integer> {
  private static final String NEW_CACHE = "mooring.aot.new";
  private static final String RECORD = "mooring.aot.record";
  private static final int PATIENCE_SECONDS = 120;

  private final Console console;

  AotCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    Path home = Distribution.home();
    if (home == null) {
      throw CommandFailure.usage("there is no distribution to do this for; run bin/mooring aot");
    }
    Path lib = home.resolve("lib");
    Path cache = lib.resolve("mooring.aot");
    Path made = lib.resolve(NEW_CACHE);
    Process server = null;
    try {
      Files.deleteIfExists(cache);
      server = start(home, lib, "-XX:AOTMode=record -XX:AOTConfiguration=" + RECORD);
      train(server);
      server =
          start(
              home,
              lib,
              "-XX:AOTMode=create -XX:AOTConfiguration=" + RECORD + " -XX:AOTCache=" + NEW_CACHE);
      awaitEnd(server);
      if (!Files.isRegularFile(made)) {
        throw CommandFailure.failed("this Java made no cache; it must be a JDK of 25 or later");
      }
      Files.move(made, cache);
      console.out().println(cache + ": " + (Files.size(cache) >> 20) + " MiB");
      return ExitCode.OK;
    } catch (IOException e) {
      throw CommandFailure.failed("can't make " + cache + ": " + ErrorText.of(e), e);
    } finally {
      if (server != null) {
        server.destroyForcibly();
      }
      var _ = lib.resolve(RECORD).toFile().delete();
    }
  }

  /** By way of the launcher, once to record and once to make: so both have the same class path. */
  private static Process start(Path home, Path lib, String options) throws IOException {
    var builder =
        new ProcessBuilder(
            List.of(
                home.resolve("bin").resolve("mooring").toString(),
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--modules",
                home.resolve("modules").toString()));
    builder
        .environment()
        .merge("MOORING_JAVA_OPTIONS", "-Xlog:disable " + options, (own, more) -> own + " " + more);
    // The variable is split at blanks, which the folder's name may have.
    return builder.directory(lib.toFile()).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  /** What a server does first; then it ends, and the JVM writes what it has seen. */
  private static void train(Process server) throws IOException, InterruptedException {
    try (BufferedReader out = server.inputReader(StandardCharsets.UTF_8)) {
      String line = out.readLine();
      if (line == null || !line.startsWith(ServeCommand.READY)) {
        throw new IOException("the server did not start; try 'mooring serve'");
      }
      callOnce(line.substring(ServeCommand.READY.length()));
      server.destroy();
      awaitEnd(server);
    }
  }

  private static void awaitEnd(Process server) throws IOException, InterruptedException {
    if (!server.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IOException("the server did not end within " + PATIENCE_SECONDS + " s");
    }
  }

  private static void callOnce(String address) throws IOException, InterruptedException {
    try (var client = MooringClient.create();
        var session = client.open(address, OpenOptions.module("counter")).get()) {
      var _ = session.call("add", Value.i64(1)).get();
    } catch (ExecutionException e) {
      throw new IOException("the server did not answer: " + e.getCause(), e);
    }
  }
}
