package dev.mooring.loadtest;

import java.util.Locale;

/** Numbers as people read them: three digits, and a unit that fits. */
final class Units {
  private Units() {}

  /** '12.3 µs', '4.56 ms', '1.20 s'. */
  static String micros(double micros) {
    if (Double.isNaN(micros)) {
      return "–";
    }
    if (micros < 1_000) {
      return digits(micros) + " µs";
    }
    return micros < 1_000_000 ? digits(micros / 1e3) + " ms" : digits(micros / 1e6) + " s";
  }

  /** '12.3 KiB'. */
  static String bytes(double bytes) {
    if (Double.isNaN(bytes)) {
      return "–";
    }
    double value = bytes;
    for (String unit : new String[] {"B", "KiB", "MiB"}) {
      if (value < 1024) {
        return digits(value) + " " + unit;
      }
      value /= 1024;
    }
    return digits(value) + " GiB";
  }

  /** '12,345'; with a fraction where that matters. */
  static String count(double count) {
    if (Double.isNaN(count)) {
      return "–";
    }
    boolean whole = count >= 100 || count == Math.rint(count);
    return String.format(Locale.ROOT, whole ? "%,.0f" : "%.2f", count);
  }

  static String seconds(double seconds) {
    return digits(seconds) + " s";
  }

  private static String digits(double value) {
    int behind = value >= 100 || value == 0 ? 0 : value >= 10 ? 1 : 2;
    return String.format(Locale.ROOT, "%." + behind + "f", value);
  }
}
