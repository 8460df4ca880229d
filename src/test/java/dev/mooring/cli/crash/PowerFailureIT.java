package dev.mooring.cli.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.client.ErrorCode;
import dev.mooring.client.Keep;
import dev.mooring.client.MooringClient;
import dev.mooring.client.MooringException;
import dev.mooring.client.MooringSession;
import dev.mooring.client.SessionEnd;
import dev.mooring.client.Value;
import dev.mooring.server.testing.Patient;
import dev.mooring.server.testing.StoredServer;
import dev.mooring.server.testing.programs.Load;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kill -9 as in {@link KilledServerIT}, and then the store loses what wasn't synced. What is kept
 * on {@code disk} doesn't notice; what is kept {@code async} does, or this would show nothing, and
 * its programs are told. {@code src/bench/run kills --unsynced} has more of them.
 */
@Timeout(7_200)
@EnabledIfEnvironmentVariable(named = "CI", matches = "true", disabledReason = "most of a minute")
@Patient
final class PowerFailureIT {
  private static final int KILLS = Integer.getInteger("mooring.kills", 4);
  private static final int MOST_MILLIS = 1_000;
  private static final long SECONDS = 120;

  private final long seed = Long.getLong("mooring.seed", new Random().nextLong());
  private final Random random = new Random(seed);

  @TempDir Path folder = Path.of("");

  private PowerFailure power() throws Exception {
    return new PowerFailure(folder, "store", folder.resolve("power"), random);
  }

  @Test
  void powerFailed_keptOnDisk_everythingHasHappenedOnce() throws Exception {
    System.out.println("PowerFailureIT: -Dmooring.seed=" + seed);
    PowerFailure power = power();
    try (var server = new StoredServer(folder, power.environment());
        var load = new Load(server.address(), seed, StoredServer.TIMEOUTS)) {
      server.start();
      load.begin(4, 2, Keep.Durability.DISK);
      for (int i = 0; i < KILLS; i++) {
        Thread.sleep(random.nextInt(MOST_MILLIS));
        server.kill();
        power.strike(random.nextBoolean() ? PowerFailure.Loss.ALL : PowerFailure.Loss.SOME);
        server.start();
        load.awaitMoreOfEach();
      }
      load.finish();
      System.out.printf(
          "PowerFailureIT: %,d kills, %,d bytes lost, %s%n",
          KILLS, power.lostBytes(), load.tally());
      assertTrue(load.resumptions() >= KILLS);
    }
  }

  /**
   * A session whose call is kept on disk takes with it what others had said before, and no more.
   */
  @Test
  void powerFailed_keptAsync_callsAreLostAndTheirProgramsAreTold() throws Exception {
    PowerFailure power = power();
    try (var server = new StoredServer(folder, power.environment());
        var client = MooringClient.create()) {
      server.start();
      MooringSession early = open(client, server, Keep.Durability.ASYNC);
      assertEquals(1, add(early));
      MooringSession safe = open(client, server, Keep.Durability.DISK);
      assertEquals(1, add(safe));
      MooringSession late = open(client, server, Keep.Durability.ASYNC);
      assertEquals(1, add(late));
      assertEquals(2, add(early));
      server.kill();
      power.strike(PowerFailure.Loss.ALL);
      server.start();
      assertEquals(2, add(safe));
      assertEquals(ErrorCode.STATE_LOST, end(early));
      assertEquals(ErrorCode.SESSION_NOT_FOUND, end(late));
      var failure = assertThrows(ExecutionException.class, () -> add(early));
      assertEquals(
          ErrorCode.STATE_LOST,
          assertInstanceOf(MooringException.class, failure.getCause()).code());
      assertTrue(power.lostBytes() > 0);
    }
  }

  private static MooringSession open(
      MooringClient client, StoredServer server, Keep.Durability durability) throws Exception {
    return client
        .open(
            server.address(), Load.kept("counter", durability).withTimeouts(StoredServer.TIMEOUTS))
        .get(SECONDS, TimeUnit.SECONDS);
  }

  private static long add(MooringSession session) throws Exception {
    return session.call("add", Value.i64(1)).get(SECONDS, TimeUnit.SECONDS).i64();
  }

  private static ErrorCode end(MooringSession session) throws Exception {
    SessionEnd end = session.ended().get(SECONDS, TimeUnit.SECONDS);
    return assertInstanceOf(SessionEnd.Failed.class, end).error().code();
  }
}
