package dev.mooring.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.client.MooringClient;
import dev.mooring.client.OpenOptions;
import dev.mooring.client.Value;
import dev.mooring.proto.ChildJvm;
import dev.mooring.server.testing.Patient;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that may have few file descriptors: {@code bin/mooring} behind {@code ulimit -n}. */
@Patient
@Timeout(300)
final class DescriptorLimitIT {
  private static final Path HOME =
      Path.of(System.getProperty("mooring.distribution", "target/mooring")).toAbsolutePath();
  private static final int PATIENCE_SECONDS = 60;

  /** For a server with one event loop and a few dozen connections; most are for its jars. */
  private static final int FEW = 160;

  @TempDir Path folder;

  private Process serve(int descriptors, Path log) throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("mooring.toml"),
            "[transport]\nevent_loops = 1\n[limits]\nsessions = 1000\n");
    var builder =
        ChildJvm.ofLauncher(
            List.of(
                "sh",
                "-c",
                "ulimit -n " + descriptors + "; exec \"$@\"",
                "sh",
                HOME.resolve("bin/mooring").toString(),
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--config",
                config.toString()));
    return builder.redirectError(log.toFile()).start();
  }

  private String failure(int descriptors, int exitCode) throws Exception {
    Path log = folder.resolve("log");
    Process process = serve(descriptors, log);
    assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "it did not end");
    assertEquals(exitCode, process.exitValue(), Files.readString(log));
    return Files.readString(log);
  }

  @Test
  void start_tooFewForJava_saysHowManyItNeeds() throws Exception {
    String said = failure(60, 4);
    assertTrue(
        said.matches(
            "mooring: this shell may have 60 files open \\(ulimit -Hn\\), and Java needs [0-9]+ to start\\.\\s*"),
        said);
  }

  @Test
  void start_tooFewForAServer_saysHowManyItNeeds() throws Exception {
    int jars;
    try (var files = Files.list(HOME.resolve("lib"))) {
      jars = (int) files.filter(file -> file.toString().endsWith(".jar")).count();
    }
    String said = failure(jars + 25, 1);
    assertTrue(
        said.contains(
            "this process may have " + (jars + 25) + " files and connections open (ulimit -n)"),
        said);
    assertFalse(said.contains("Exception"), said);
  }

  @Test
  void connections_moreThanDescriptors_areToldAndOthersComeInAfterwards() throws Exception {
    Path log = folder.resolve("log");
    Process serve = serve(FEW, log);
    var silent = new ArrayList<Socket>();
    try (BufferedReader out = serve.inputReader(StandardCharsets.UTF_8);
        var client = MooringClient.create()) {
      InetSocketAddress address = address(out.readLine());
      int letIn = letIn(log);
      var first = client.open(address, OpenOptions.module("counter")).get();
      // Twice as many as there are descriptors for, who don't even read why they aren't let in.
      for (int i = 0; i < 2 * FEW; i++) {
        silent.add(new Socket(address.getAddress(), address.getPort()));
      }
      assertEquals(1, first.call("add", Value.i64(1)).get().i64(), "who is in stays in");
      assertTrue(letIn < FEW, letIn + " are let in");
      for (Socket socket : silent) {
        socket.close();
      }
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (!isServed(client, address)) {
        assertTrue(System.nanoTime() < end, "nobody comes in any more: " + Files.readString(log));
        Thread.sleep(50);
      }
      assertEquals(2, first.call("add", Value.i64(1)).get().i64());
    } finally {
      serve.destroyForcibly();
      for (Socket socket : silent) {
        socket.close();
      }
    }
    String said = Files.readString(log);
    assertFalse(said.contains("exceptionCaught() event was fired"), said);
    assertFalse(said.contains("NativeIoException"), said);
    assertEquals(1, said.lines().filter(line -> line.contains("can't be accepted")).count(), said);
  }

  private static InetSocketAddress address(String line) {
    assertNotNull(line, "it did not start");
    return new InetSocketAddress(
        InetAddress.getLoopbackAddress(),
        Integer.parseInt(line.substring(line.lastIndexOf(':') + 1)));
  }

  /** What the log says of how many there are and are needed. */
  private static int letIn(Path log) throws IOException {
    String said = Files.readString(log);
    Matcher line =
        Pattern.compile(
                "level=WARN .*descriptors=\""
                    + FEW
                    + "\" needed=\"[0-9]+\" sessions=\"[0-9]+\" letIn=\"([0-9]+)\"")
            .matcher(said);
    assertTrue(line.find(), said);
    return Integer.parseInt(line.group(1));
  }

  private static boolean isServed(MooringClient client, InetSocketAddress address)
      throws InterruptedException {
    try (var session = client.open(address, OpenOptions.module("counter")).get()) {
      return session.call("add", Value.i64(5)).get().i64() == 5;
    } catch (ExecutionException e) {
      return false;
    }
  }
}
