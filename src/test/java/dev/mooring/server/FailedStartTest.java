package dev.mooring.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mooring.server.testing.Eventually;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that doesn't come to be leaves nothing behind, whatever it was that it failed for. */
final class FailedStartTest {
  @TempDir Path modules;

  /** Nothing that could be listened on, nor even named. */
  private static final class Unspeakable extends SocketAddress {
    private static final long serialVersionUID = 1;

    @Override
    public String toString() {
      throw new Wrong();
    }
  }

  private static final class Wrong extends Error {
    private static final long serialVersionUID = 1;
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("mooring-"))
        .collect(Collectors.toSet());
  }

  @Test
  void start_failsWithAnError_leavesNoThread() throws Exception {
    Set<Thread> before = threads();
    var config = ServerConfig.of(new Unspeakable(), modules).withUnauthenticatedAllowed();
    assertThrows(Wrong.class, () -> MooringServer.start(config).close());
    Eventually.assertEventually(
        () -> left(before).isEmpty(), "threads that were started have ended");
    assertEquals(Set.of(), left(before));
  }

  private static Set<Thread> left(Set<Thread> before) {
    var left = new HashSet<>(threads());
    left.removeAll(before);
    return left;
  }
}
