package dev.mooring.cli.module;

import dev.mooring.guest.call.FunctionTracer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The functions that a guest is in. When its call ends with a trap none of them is left, so these
 * are those in which it trapped. One that ends with a call of another is there until that begins.
 *
 * <p>One thread at a time.
 */
final class Backtrace implements FunctionTracer {
  /** Of deeper ones it is only known how many they are. */
  private static final int MOST_FRAMES = 1 << 18;

  private @Nullable Frame[] frames = new @Nullable Frame[64];
  private int depth;

  /** Whether the innermost function ends with a call that hasn't begun. */
  private boolean isEnding;

  /**
   * A function that was entered.
   *
   * @param function its index in the module
   * @param types of the arguments, as a {@link FunctionTracer} is told them
   * @param arguments raw bits
   */
  @SuppressWarnings("ArrayRecordComponent") // Nobody writes to them, or compares them.
  record Frame(int function, String types, long[] arguments) {}

  @Override
  public void entered(int function, String types, long[] arguments) {
    leaveEnding();
    if (depth < MOST_FRAMES) {
      if (depth == frames.length) {
        frames = Arrays.copyOf(frames, 2 * depth);
      }
      frames[depth] = new Frame(function, types, arguments);
    }
    depth++; // Last: the stack may end anywhere in here.
  }

  @Override
  public void left(int function, String types, long @Nullable [] results) {
    leaveEnding();
    if (results == null) {
      isEnding = true;
    } else {
      depth--;
    }
  }

  private void leaveEnding() {
    if (isEnding) {
      isEnding = false;
      depth--;
    }
  }

  /** How many functions the guest is in. */
  int depth() {
    return depth;
  }

  /** So many of the outermost that are known, outermost first. */
  List<Frame> outermost(int count) {
    return known(0, Math.min(count, knownDepth()));
  }

  /** So many of the innermost that are known, outermost first; none of so many outermost ones. */
  List<Frame> innermost(int count, int but) {
    return known(Math.max(knownDepth() - count, Math.min(but, knownDepth())), knownDepth());
  }

  private int knownDepth() {
    return Math.min(depth, MOST_FRAMES);
  }

  private List<Frame> known(int from, int to) {
    return Arrays.stream(frames, from, to).map(Objects::requireNonNull).toList();
  }
}
