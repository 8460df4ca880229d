package dev.mooring.observe;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * Where a module's guests were whenever their event loops were looked at.
 *
 * @param looks how often an event loop was looked at
 * @param stacks the calls of functions that were found, the outermost first, and how often each
 */
public record ModuleProfile(long looks, Map<List<String>, Long> stacks) {
  public ModuleProfile {
    stacks = Map.copyOf(stacks);
  }

  /**
   * A function.
   *
   * @param self how often it was found running
   * @param total how often it, or what it called
   */
  public record Function(String name, long self, long total) {}

  /** How often the module was found running. */
  public long found() {
    return stacks.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Its functions, the one that took most by itself first. */
  public List<Function> functions() {
    var self = new HashMap<String, Long>();
    var total = new HashMap<String, Long>();
    stacks.forEach(
        (stack, count) -> {
          self.merge(stack.getLast(), count, Long::sum);
          new HashSet<>(stack).forEach(name -> total.merge(name, count, Long::sum));
        });
    var functions = new ArrayList<Function>();
    total.forEach(
        (name, count) -> functions.add(new Function(name, self.getOrDefault(name, 0L), count)));
    functions.sort(
        Comparator.comparingLong(Function::self)
            .thenComparingLong(Function::total)
            .reversed()
            .thenComparing(Function::name));
    return functions;
  }
}
