package dev.mooring.cli.crash;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.client.Keep;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.StoredServer;
import dev.mooring.server.testing.programs.Load;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kill -9 at random moments under load. Clients come back by themselves, and each call that was
 * answered is in the state, none twice, none out of order; timers fire once, and their events come
 * once and in order. {@code src/bench/run kills} has more of them.
 */
@Timeout(7_200)
@Patient
final class KilledServerIT {
  private static final int KILLS = Integer.getInteger("mooring.kills", 5);
  private static final int MOST_MILLIS = 1_000;

  private final long seed = Long.getLong("mooring.seed", new Random().nextLong());
  private final Random random = new Random(seed);

  @TempDir Path folder = Path.of("");

  @Test
  void killed_underLoad_everythingHasHappenedOnce() throws Exception {
    System.out.println("KilledServerIT: -Dmooring.seed=" + seed);
    try (var server = new StoredServer(folder, Map.of());
        var load = new Load(server.address(), seed, StoredServer.TIMEOUTS)) {
      server.start();
      load.begin(4, 2, Keep.Durability.DISK);
      load.begin(4, 1, Keep.Durability.ASYNC);
      for (int i = 0; i < KILLS; i++) {
        Thread.sleep(random.nextInt(MOST_MILLIS));
        server.kill();
        server.start();
        load.awaitMoreOfEach();
      }
      load.finish();
      System.out.printf("KilledServerIT: %,d kills, %s%n", KILLS, load.tally());
      assertTrue(load.resumptions() >= KILLS);
    }
  }
}
