package dev.mooring.cli.crash;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.client.Keep;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.StoredServer;
import dev.mooring.server.testing.programs.Load;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server that is drained and started anew under clients with sessions on disk. No program sees an
 * error: it waits for a while, as long as is printed. {@code src/bench/run rolling} has a thousand
 * of them.
 */
@Timeout(3_600)
@EnabledIfEnvironmentVariable(
    named = "CI",
    matches = "true",
    disabledReason = "a quarter of a minute")
@Patient
final class RollingRestartIT {
  private static final int CLIENTS = Integer.getInteger("mooring.clients", 200);
  private static final int RESTARTS = Integer.getInteger("mooring.restarts", 2);

  @TempDir Path folder = Path.of("");

  @Test
  void drainedAndStarted_underClients_noProgramSeesAnError() throws Exception {
    try (var server = new StoredServer(folder, Map.of());
        var load = new Load(server.address(), 0, StoredServer.TIMEOUTS)) {
      server.start();
      load.beginSteps(CLIENTS, Keep.Durability.DISK);
      load.awaitMoreOfEach();
      long drainNanos = 0;
      long startNanos = 0;
      for (int i = 0; i < RESTARTS; i++) {
        long began = System.nanoTime();
        server.terminate();
        long ended = System.nanoTime();
        server.start();
        drainNanos = Math.max(drainNanos, ended - began);
        startNanos = Math.max(startNanos, System.nanoTime() - ended);
        load.awaitMoreOfEach();
      }
      load.finish();
      System.out.printf(
          "RollingRestartIT: %,d clients, %,d restarts, drained in %,d ms at most, and there again"
              + " %,d ms later; longest gap %,d ms; %s%n",
          CLIENTS,
          RESTARTS,
          TimeUnit.NANOSECONDS.toMillis(drainNanos),
          TimeUnit.NANOSECONDS.toMillis(startNanos),
          load.longestGap().toMillis(),
          load.tally());
      assertTrue(load.resumptions() >= (long) CLIENTS * RESTARTS);
    }
  }
}
