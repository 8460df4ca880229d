package dev.mooring.client;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** What a call that succeeded brought back. For any thread, if nobody writes to the output. */
public final class CallResult {
  private final List<Value> values;
  private final byte[] output;

  CallResult(List<Value> values, byte[] output) {
    this.values = values;
    this.output = output;
  }

  /** What the function returned. */
  public List<Value> values() {
    return values;
  }

  /**
   * The only value that the function returned.
   *
   * @throws IllegalStateException when it returned none, or several
   */
  public Value value() {
    if (values.size() != 1) {
      throw new IllegalStateException("the function returned %d values".formatted(values.size()));
    }
    return values.getFirst();
  }

  /**
   * The only value that the function returned.
   *
   * @throws IllegalStateException when it didn't return one i32
   */
  public int i32() {
    if (value() instanceof Value.I32(int i32)) {
      return i32;
    }
    throw notA(ValueType.I32);
  }

  /**
   * The only value that the function returned.
   *
   * @throws IllegalStateException when it didn't return one i64
   */
  public long i64() {
    if (value() instanceof Value.I64(long i64)) {
      return i64;
    }
    throw notA(ValueType.I64);
  }

  /**
   * The only value that the function returned.
   *
   * @throws IllegalStateException when it didn't return one f32
   */
  public float f32() {
    if (value() instanceof Value.F32(float f32)) {
      return f32;
    }
    throw notA(ValueType.F32);
  }

  /**
   * The only value that the function returned.
   *
   * @throws IllegalStateException when it didn't return one f64
   */
  public double f64() {
    if (value() instanceof Value.F64(double f64)) {
      return f64;
    }
    throw notA(ValueType.F64);
  }

  /** What the guest wrote; the caller's own, always the same array. */
  public byte[] output() {
    return output;
  }

  /** What the guest wrote, as UTF-8. */
  public String outputText() {
    return new String(output, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "CallResult[" + values + ", " + output.length + " bytes of output]";
  }

  private IllegalStateException notA(ValueType expected) {
    return new IllegalStateException(
        "the function returned an %s, not an %s".formatted(value().type(), expected));
  }
}
