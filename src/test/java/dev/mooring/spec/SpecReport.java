package dev.mooring.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What became of the suite. Thread-safe. */
final class SpecReport {
  private final Map<String, Integer> held = new TreeMap<>();
  private final Map<String, Integer> leftOut = new TreeMap<>();
  private final List<String> failed = new ArrayList<>();

  /** Something of this type was as it is to be. */
  synchronized void held(String type) {
    held.merge(type, 1, Integer::sum);
  }

  /** Something can't be expressed, or was refused on purpose. */
  synchronized void leftOut(String why) {
    leftOut.merge(why, 1, Integer::sum);
  }

  synchronized void failed(SpecCommand command, String what) {
    failed.add(command.at() + ": " + command.type() + " " + what);
  }

  /** Prints itself; fails if anything did, or if more or less was left out than is known. */
  synchronized void assertHolds(SpecSuite suite, String where) {
    int heldCount = sum(held);
    int leftOutCount = sum(leftOut);
    System.out.printf(
        "WebAssembly's suite, %s: run %,d, held %,d %s, failed %,d, left out %,d %s%n",
        where, heldCount + failed.size(), heldCount, held, failed.size(), leftOutCount, leftOut);
    assertEquals("", String.join("\n", failed));
    assertEquals(SpecSuite.LEFT_OUT, leftOut);
    assertEquals(suite.countCommands(), heldCount + leftOutCount);
  }

  private static int sum(Map<String, Integer> counts) {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }
}
