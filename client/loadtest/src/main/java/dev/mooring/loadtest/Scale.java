package dev.mooring.loadtest;

import java.util.ArrayList;
import java.util.List;

/** How numbers become places along an axis. */
sealed interface Scale {
  /** 0 at the axis' beginning, 1 at its end. */
  double place(double value);

  /** Where lines are drawn: few, and round. */
  List<Double> ticks();

  /** From 0 to at least {@code highest}. */
  static Scale linear(double highest) {
    return Linear.upTo(highest);
  }

  /** From 0 to exactly {@code end}: time has an end of its own. */
  static Scale upTo(double end) {
    return new Linear(Linear.upTo(end).step, Math.max(end, 1e-9));
  }

  /** By powers of ten, around what lies between the two. */
  static Scale logarithmic(double lowest, double highest) {
    return Logarithmic.around(lowest, highest);
  }

  /** By how many of all are above: each nine gets as much room as the one before, five at most. */
  static Scale nines(double highestPercentile) {
    return new Nines(Math.clamp(Math.ceil(Nines.count(highestPercentile) - 1e-9), 2, 5));
  }

  /** Even steps of 1, 2 or 5. */
  record Linear(double step, double end) implements Scale {
    private static final int TICKS = 5;

    static Linear upTo(double highest) {
      double atLeast = Math.max(highest, 1e-9);
      double power = Math.pow(10, Math.floor(Math.log10(atLeast / TICKS)));
      double step = power;
      for (double factor : new double[] {1, 2, 5, 10}) {
        step = factor * power;
        if (step * TICKS >= atLeast) {
          break;
        }
      }
      return new Linear(step, Math.ceil(atLeast / step - 1e-9) * step);
    }

    @Override
    public double place(double value) {
      return value / end;
    }

    @Override
    public List<Double> ticks() {
      var ticks = new ArrayList<Double>();
      for (int i = 0; i * step <= end * (1 + 1e-9); i++) {
        ticks.add(i * step);
      }
      return ticks;
    }
  }

  /** Powers of ten, whole ones at both ends. */
  record Logarithmic(double lowestPower, double highestPower) implements Scale {
    static Logarithmic around(double lowest, double highest) {
      double low = Math.floor(Math.log10(Math.max(lowest, 1e-3)) + 1e-9);
      double high = Math.ceil(Math.log10(Math.max(highest, 1e-3)) - 1e-9);
      return new Logarithmic(low, Math.max(low + 1, high));
    }

    @Override
    public double place(double value) {
      double power = Math.log10(Math.max(value, 1e-12));
      return Math.clamp((power - lowestPower) / (highestPower - lowestPower), 0, 1);
    }

    @Override
    public List<Double> ticks() {
      var ticks = new ArrayList<Double>();
      for (double power = lowestPower; power <= highestPower; power++) {
        ticks.add(Math.pow(10, power));
      }
      return ticks;
    }
  }

  /** 0, 90, 99, 99.9 and so on. */
  record Nines(double nines) implements Scale {
    private static double count(double percentile) {
      return -Math.log10(Math.max(1e-9, 1 - percentile / 100));
    }

    @Override
    public double place(double percentile) {
      return Math.min(1, count(percentile) / nines);
    }

    @Override
    public List<Double> ticks() {
      var ticks = new ArrayList<Double>();
      ticks.add(50.0);
      for (int i = 1; i <= nines; i++) {
        ticks.add(100 * (1 - Math.pow(10, -i)));
      }
      return ticks;
    }
  }
}
