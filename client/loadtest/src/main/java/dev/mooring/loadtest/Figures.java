package dev.mooring.loadtest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;
import org.jspecify.annotations.Nullable;

/** Numbers as a report has them. */
final class Figures {
  /** Points per halving of the distance to 100 %. */
  private static final int SPECTRUM_POINTS = 4;

  private Figures() {}

  /** The percentiles of what was measured in nanoseconds; null if nothing was. */
  static @Nullable Map<String, Object> percentiles(Histogram histogram) {
    if (histogram.getTotalCount() == 0) {
      return null;
    }
    var figures = new LinkedHashMap<String, Object>();
    figures.put("count", histogram.getTotalCount());
    figures.put("min_us", micros(histogram.getMinValue()));
    figures.put("mean_us", rounded(histogram.getMean() / 1e3));
    figures.put("p50_us", at(histogram, 50));
    figures.put("p75_us", at(histogram, 75));
    figures.put("p90_us", at(histogram, 90));
    figures.put("p99_us", at(histogram, 99));
    figures.put("p999_us", at(histogram, 99.9));
    figures.put("p9999_us", at(histogram, 99.99));
    figures.put("max_us", micros(histogram.getMaxValue()));
    return figures;
  }

  /** The percentiles with the whole spectrum. */
  static @Nullable Map<String, Object> spectrum(Histogram histogram) {
    Map<String, Object> figures = percentiles(histogram);
    if (figures != null) {
      List<Object> points = new ArrayList<>();
      for (HistogramIterationValue point : histogram.percentiles(SPECTRUM_POINTS)) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("percentile", Math.round(point.getPercentileLevelIteratedTo() * 1e6) / 1e6);
        one.put("us", micros(point.getValueIteratedTo()));
        points.add(one);
      }
      figures.put("spectrum", points);
    }
    return figures;
  }

  static double at(Histogram histogram, double percentile) {
    return micros(histogram.getValueAtPercentile(percentile));
  }

  static double micros(long nanos) {
    return nanos / 1e3;
  }

  /** Three digits behind the point are enough for anything. */
  static double rounded(double value) {
    return Double.isFinite(value) ? Math.round(value * 1e3) / 1e3 : 0;
  }
}
