package dev.mooring.loadtest;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What failed, by code, and the first message of each. Any thread. */
final class ErrorLog {
  private static final int MAX_MESSAGE = 500;

  private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
  private final Map<String, String> messages = new ConcurrentHashMap<>();
  private final LongAdder total = new LongAdder();

  void add(String code, String message) {
    counts.computeIfAbsent(code, _ -> new LongAdder()).increment();
    total.increment();
    if (!messages.containsKey(code)) {
      messages.putIfAbsent(
          code, message.length() > MAX_MESSAGE ? message.substring(0, MAX_MESSAGE) + "…" : message);
    }
  }

  long total() {
    return total.sum();
  }

  Map<String, Long> counts() {
    var copy = new TreeMap<String, Long>();
    counts.forEach((code, count) -> copy.put(code, count.sum()));
    return copy;
  }

  Map<String, String> messages() {
    return new TreeMap<>(messages);
  }
}
