package dev.mooring.guest.compile;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A function of more bytecode than HotSpot compiles unless it is told to, and so much that it may
 * give up even then.
 *
 * @param index its place in the module
 * @param bytecodeBytes the size of its method
 */
public record LargeFunction(int index, int bytecodeBytes) {
  /** What HotSpot takes for a huge method is longer. */
  public static final int HOTSPOTS_LIMIT_BYTES = 8_000;

  static final Comparator<LargeFunction> LARGEST_FIRST =
      Comparator.comparingInt(LargeFunction::bytecodeBytes)
          .reversed()
          .thenComparingInt(LargeFunction::index);

  private static final int SHOWN = 8;

  /**
   * Whether this JVM compiles such functions at all. If not, they run some ten times as slowly; it
   * must be started with {@code -XX:-DontCompileHugeMethods}. May take some 100 ms, once.
   */
  public static boolean areCompiled() {
    return LargeCode.isCompiled();
  }

  /** The first few of them in one line, and how many more there are. */
  public static String describe(List<LargeFunction> functions) {
    String shown =
        functions.stream()
            .limit(SHOWN)
            .map(function -> function.index + ": " + function.bytecodeBytes)
            .collect(Collectors.joining(", "));
    int more = functions.size() - SHOWN;
    return more > 0 ? shown + ", and " + more + " more" : shown;
  }
}
