package dev.mooring.guest.call;

import org.jspecify.annotations.Nullable;

/**
 * Is told of each function that a guest enters and leaves, its imports among them, where its code
 * was compiled to tell it.
 *
 * <p>On the thread that runs the guest, in the middle of the call: the stack may end in here, and
 * what is thrown ends the call.
 */
public interface FunctionTracer {
  /**
   * A function is about to run.
   *
   * @param function its index in the module
   * @param types of its arguments, a letter for each: I for i32 and references, J for i64, F for
   *     f32, D for f64
   * @param arguments raw bits; the tracer's to keep
   */
  void entered(int function, String types, long[] arguments);

  /**
   * The function that was entered last, of those that weren't left, has returned.
   *
   * @param types of its results, as those of arguments
   * @param results raw bits, the tracer's to keep; null if it ends with a call of another function,
   *     which is entered next
   */
  void left(int function, String types, long @Nullable [] results);
}
