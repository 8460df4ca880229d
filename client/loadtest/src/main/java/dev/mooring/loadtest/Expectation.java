package dev.mooring.loadtest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a report is expected to say: {@code p99<5ms}, {@code errors=0}, {@code throughput>=10000}.
 *
 * @param text as it was written
 * @param path the figure's, in the report; {@code errors} is the sum of all
 * @param comparison one of {@code < <= = >= >}
 * @param bound in the figure's own unit
 */
public record Expectation(String text, String path, String comparison, double bound) {
  private static final Pattern EXPECTATION =
      Pattern.compile(
          "\\s*([a-z_0-9.]+)\\s*(<=|>=|<|>|=)\\s*([0-9]+(?:\\.[0-9]+)?)([a-zµ]*)\\s*",
          Pattern.CASE_INSENSITIVE);

  private static final String ERRORS = "errors";

  /** The figures that have short names. */
  private static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("mean", "latency.mean_us"),
          Map.entry("p50", "latency.p50_us"),
          Map.entry("p75", "latency.p75_us"),
          Map.entry("p90", "latency.p90_us"),
          Map.entry("p99", "latency.p99_us"),
          Map.entry("p99.9", "latency.p999_us"),
          Map.entry("p99.99", "latency.p9999_us"),
          Map.entry("max", "latency.max_us"),
          Map.entry("throughput", "throughput_per_second"),
          Map.entry("cpu_per_call", "server.cpu_us_per_call"),
          Map.entry("rss", "server.rss_max_bytes"),
          Map.entry(ERRORS, ERRORS));

  private static final Map<String, Double> MICROS =
      Map.of("us", 1.0, "µs", 1.0, "ms", 1e3, "s", 1e6);
  private static final Map<String, Double> BYTES =
      Map.of("", 1.0, "kib", 1024.0, "mib", 1048576.0, "gib", 1073741824.0);

  /** One that was looked at. */
  public record Outcome(Expectation expectation, double value, boolean met) {
    /** For people: what was expected, and what came. */
    @Override
    public String toString() {
      return expectation.text + ": " + (met ? "yes" : "no") + ", it is " + expectation.show(value);
    }
  }

  /**
   * Reads several, with commas.
   *
   * @throws LoadFailure if they make no sense; the message says what is expected
   */
  public static List<Expectation> parse(String text) {
    var expectations = new ArrayList<Expectation>();
    for (String one : text.split(",", -1)) {
      expectations.add(parseOne(one));
    }
    return expectations;
  }

  /** Looks at them all, and adds what came of it to the report. */
  public static Report judge(Report report, List<Expectation> expectations) {
    var outcomes = new ArrayList<Object>();
    for (Expectation expectation : expectations) {
      Outcome outcome = expectation.judge(report);
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("expectation", expectation.text);
      one.put("value", Double.isNaN(outcome.value) ? null : outcome.value);
      one.put("met", outcome.met);
      outcomes.add(one);
    }
    return report.with("expectations", outcomes);
  }

  /** What is so in a report; a figure that it hasn't got meets nothing. */
  public Outcome judge(Report report) {
    double value =
        path.equals(ERRORS)
            ? report.members(ERRORS).values().stream()
                .mapToDouble(count -> ((Number) count).doubleValue())
                .sum()
            : report.number(path);
    boolean met =
        switch (comparison) {
          case "<" -> value < bound;
          case "<=" -> value <= bound;
          case ">" -> value > bound;
          case ">=" -> value >= bound;
          default -> value == bound;
        };
    return new Outcome(this, value, met);
  }

  private static Expectation parseOne(String text) {
    Matcher matcher = EXPECTATION.matcher(text);
    if (!matcher.matches()) {
      throw LoadFailure.usage(
          "--expect '"
              + text.strip()
              + "' is no expectation, expected FIGURE, one of < <= = >= >,"
              + " and a number, as in p99<5ms,errors=0");
    }
    String name = matcher.group(1);
    String path = NAMES.getOrDefault(name, name);
    if (!NAMES.containsKey(name) && !name.contains(".")) {
      throw LoadFailure.usage(
          "--expect knows no figure '"
              + name
              + "', expected one of "
              + String.join(", ", NAMES.keySet().stream().sorted().toList())
              + ", or a path in the JSON such as service_time.p99_us");
    }
    double number = Double.parseDouble(matcher.group(3));
    return new Expectation(
        text.strip(), path, matcher.group(2), number * factor(path, matcher.group(4), text));
  }

  private static double factor(String path, String unit, String text) {
    Map<String, Double> units =
        path.contains("_us") ? MICROS : path.endsWith("_bytes") ? BYTES : Map.of("", 1.0);
    Double factor = units.get(unit.toLowerCase(java.util.Locale.ROOT));
    if (factor == null) {
      throw LoadFailure.usage(
          "--expect '%s': the unit is '%s', expected %s"
              .formatted(
                  text.strip(),
                  unit,
                  path.contains("_us")
                      ? "us, ms or s"
                      : path.endsWith("_bytes") ? "none, KiB, MiB or GiB" : "none"));
    }
    return factor;
  }

  private String show(double value) {
    if (Double.isNaN(value)) {
      return "not known";
    }
    return path.contains("_us")
        ? Units.micros(value)
        : path.endsWith("_bytes") ? Units.bytes(value) : Units.count(value);
  }
}
