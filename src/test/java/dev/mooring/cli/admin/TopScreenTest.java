package dev.mooring.cli.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.cli.terminal.Console;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TopScreenTest {
  private static final Console PLAIN =
      new Console(
          InputStream.nullInputStream(), System.out, System.err, false, false, false, false);

  private static TopScreen.Sample sample(long millis, long committed, boolean isSick) {
    Map<String, Object> loop =
        Map.of(
            "loop",
            0,
            "sick",
            isSick,
            "sessions",
            7,
            "busy_ms",
            millis / 2.0,
            "calls",
            Map.of("committed", committed, "rolled_back", 0));
    return new TopScreen.Sample(
        Map.of(
            "time_ms",
            millis,
            "started_ms",
            0,
            "calls",
            Map.of("committed", committed, "rolled_back", 0),
            "loops",
            List.of(loop)),
        Map.of("tenants", List.of(Map.of("name", "olga\u001b[2J", "guest_ms", millis / 4.0))));
  }

  @Test
  void lines_ofTwoSamples_showWhatHasChanged() {
    var top = new TopScreen(PLAIN, "host:1", sample(10_000, 5_000, false));
    top.take(sample(11_000, 6_500, false));
    String shown = String.join("\n", top.lines(100, 50));
    assertTrue(shown.startsWith("Mooring host:1  ready  up 11 s\n"), shown);
    assertTrue(shown.contains("\ncalls     1,500/s  0/s failed\n"), shown);
    assertTrue(shown.contains("\n   0  ██████████··········  50 % "), shown);
    assertTrue(shown.contains("\nolga [2J  "), shown);
    assertTrue(shown.contains(" 25 % "), shown);
  }

  @Test
  void lines_ofASmallTerminal_fitIt() {
    var top = new TopScreen(PLAIN, "host:1", sample(10_000, 5_000, false));
    top.take(sample(11_000, 6_500, false));
    List<String> lines = top.lines(20, 5);
    assertEquals(5, lines.size());
    lines.forEach(line -> assertTrue(line.length() <= 20, line));
  }

  @Test
  void lines_ofAServerInTrouble_saySo() {
    var top = new TopScreen(PLAIN, "host:1", sample(10_000, 5_000, false));
    top.take(sample(11_000, 6_500, true));
    assertTrue(top.lines(100, 50).getFirst().contains("event loop 0 is held up"));
    top.lost("no admin side at host:1");
    assertTrue(top.lines(100, 50).getFirst().contains("unreachable"));
    assertEquals("no admin side at host:1", top.lines(100, 50).get(1));
  }
}
