package dev.mooring.server.log;

import static dev.mooring.server.testing.RawClient.i32;
import static dev.mooring.server.testing.RawClient.i64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.ChildJvm;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.RawClient;
import java.io.BufferedReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The distribution's server, whose stderr is a pipe that nobody reads. */
final class UnreadLogIT {
  private static final Path LAUNCHER =
      Path.of(System.getProperty("mooring.distribution", "target/mooring"), "bin/mooring")
          .toAbsolutePath();
  private static final int PATIENCE_SECONDS = 60;
  private static final int SESSIONS = 300;

  @TempDir Path modules;

  /** At level debug each session is some lines, and a pipe holds 64 KiB. */
  @Test
  void server_whoseLogNobodyReads_answersAndEnds() throws Exception {
    var builder =
        ChildJvm.ofLauncher(
            List.of(
                LAUNCHER.toString(),
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--modules",
                Guests.in(modules).toString()));
    builder.environment().put("MOORING_LOG_LEVEL", "debug");
    builder.environment().put("MOORING_SESSION_CALL_TIMEOUT_MS", "1000");
    Process serve = builder.start();
    try (BufferedReader out = serve.inputReader(StandardCharsets.UTF_8)) {
      String ready = String.valueOf(out.readLine());
      int port = Integer.parseInt(ready.substring(ready.lastIndexOf(':') + 1));
      var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      try (var flood = new RawClient(address)) {
        flood.open("greedy");
        flood.call("logs", i32(1_000), i32(8_192));
        for (int i = 0; i < SESSIONS; i++) {
          try (var client = new RawClient(address)) {
            client.open("counter");
            assertEquals(1, client.callI64("add", i64(1)));
          }
        }
        flood.call("logs", i32(1_000), i32(8_192));
      }
      serve.destroy();
      assertTrue(serve.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), "serve did not end");
      assertEquals(0, serve.exitValue());
    } finally {
      serve.destroyForcibly();
    }
  }
}
