package dev.mooring.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which threads a server can't go on without. */
final class VitalThreadsTest {
  @TempDir Path modules;

  @Test
  void isVital_threadsOfAServer_areLoopsAndWatchdog() throws Exception {
    var anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    Set<Thread> before = Thread.getAllStackTraces().keySet();
    try (var _ = MooringServer.start(ServerConfig.of(anyPort, modules))) {
      Set<Thread> ours =
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> !before.contains(thread))
              .collect(Collectors.toSet());
      assertEquals(Set.of("mooring-accept", "mooring-loop", "mooring-watchdog"), vital(ours, true));
      assertEquals(
          Set.of("mooring-housekeeping", "mooring-modules"),
          vital(ours, false).stream()
              .filter(name -> name.startsWith("mooring-"))
              .collect(Collectors.toSet()));
    }
  }

  /** Their names without numbers. */
  private static Set<String> vital(Set<Thread> threads, boolean isVital) {
    return threads.stream()
        .filter(thread -> MooringServer.isVital(thread) == isVital)
        .map(thread -> thread.getName().replaceAll("-\\d+$", ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
