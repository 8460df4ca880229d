package dev.mooring.bench;

import java.util.Arrays;

/** Samples of one thing. */
final class Samples {
  private double[] values = new double[16];
  private int count;

  void add(double value) {
    if (count == values.length) {
      values = Arrays.copyOf(values, 2 * count);
    }
    values[count++] = value;
  }

  void addAll(Samples other) {
    for (int i = 0; i < other.count; i++) {
      add(other.values[i]);
    }
  }

  int count() {
    return count;
  }

  boolean isEmpty() {
    return count == 0;
  }

  double median() {
    return quantile(0.5);
  }

  /** How wide the middle half of the samples is, as a part of their median. */
  double spread() {
    return (quantile(0.75) - quantile(0.25)) / Math.abs(median());
  }

  /**
   * The value below which the part {@code q} of the samples is: 0 for the least, 1 for the
   * greatest.
   */
  double quantile(double q) {
    double[] sorted = Arrays.copyOf(values, count);
    Arrays.sort(sorted);
    double at = q * (count - 1);
    int below = (int) at;
    int above = Math.min(below + 1, count - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }
}
