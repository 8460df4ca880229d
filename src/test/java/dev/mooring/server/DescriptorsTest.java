package dev.mooring.server;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mooring.transport.config.ConnectionLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class DescriptorsTest {
  private static final int OPEN = 90;
  private static final int LOOPS = 2;

  private static Descriptors of(int limit) {
    return new Descriptors(limit, OPEN, LOOPS);
  }

  @Test
  void connections_asManyAsAreNeededForThem_areThatMany() {
    IntStream.of(1, 2, 9, 100, 1_000, 100_000)
        .forEach(
            count -> {
              long needed = of(Integer.MAX_VALUE).needed(count);
              assertTrue(of((int) needed).connections() >= count, count + " connections");
              assertTrue(of((int) needed - 3).connections() <= count, count + " connections");
            });
  }

  @Test
  void bound_fewDescriptors_lowersSessionsAndNothingElse() {
    var limits = ConnectionLimits.DEFAULTS.withSessions(1_000, 500);
    assertEquals(limits, of(100_000).bound(limits));
    var bound = of(500).bound(limits);
    assertEquals(of(500).connections(), bound.sessions());
    assertEquals(limits, bound.withSessions(1_000, 500));
  }

  @Test
  void check_noneForConnections_saysHowManyThereAreAndAreNeeded() {
    long least = of(Integer.MAX_VALUE).needed(1);
    assertDoesNotThrow(() -> of((int) least).check(ConnectionLimits.DEFAULTS));
    var e =
        assertThrows(IOException.class, () -> of((int) least - 1).check(ConnectionLimits.DEFAULTS));
    assertEquals(
        "this process may have %d files and connections open (ulimit -n), and a server needs at least %d"
            .formatted(least - 1, least),
        e.getMessage());
  }

  @Test
  void ofThisProcess_onLinux_areKnown() {
    assumeTrue(Files.exists(Path.of("/proc/self/limits")), "this is Linux");
    Descriptors descriptors = Descriptors.ofThisProcess(LOOPS);
    assertTrue(descriptors.open() > 3 && descriptors.open() < descriptors.limit());
    assertTrue(descriptors.limit() < Integer.MAX_VALUE);
  }
}
