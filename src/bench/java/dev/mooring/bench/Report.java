package dev.mooring.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** What a verb found: printed, and written to its section of the results. */
final class Report {
  private final Setting setting;
  private final String verb;
  private final List<String> body = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final List<String> figures = new ArrayList<>();

  Report(Setting setting, String verb) {
    this.setting = setting;
    this.verb = verb;
  }

  void table(Table table) {
    if (!body.isEmpty()) {
      body.add("");
    }
    body.addAll(table.lines());
  }

  /** What a reader of the tables must know: a sentence or a few. */
  void note(String text) {
    notes.add("- " + text);
  }

  /** What could not be measured, and why. */
  void absent(String text) {
    note("**Absent.** " + text);
  }

  void figure(String name, OptionalDouble value) {
    figures.add(
        "figure " + name + " " + (value.isEmpty() ? "absent" : number(value.getAsDouble())));
  }

  /** The median of what was measured; absent if nothing was. */
  void figure(String name, Samples samples) {
    figure(name, samples, 0.5);
  }

  /** What so much of what was measured is below; absent if nothing was. */
  void figure(String name, Samples samples, double q) {
    figure(
        name, samples.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(samples.quantile(q)));
  }

  /** How a load was measured, whose medians are reported. */
  static String loads(int rounds, int seconds, int warmUp) {
    return rounds
        + " rounds; a load is measured for "
        + seconds
        + " s after "
        + warmUp
        + " s of warming up. Medians.";
  }

  void figure(String name, double value) {
    figure(name, OptionalDouble.of(value));
  }

  /** Prints it, the figures last, and puts it in the place of what was found before. */
  void publish(String options) throws IOException {
    var section = new ArrayList<String>();
    section.addAll(Machine.describe(setting, ("src/bench/run " + verb + " " + options).strip()));
    section.add("");
    section.addAll(body);
    section.add("");
    section.addAll(notes);
    section.add("");
    section.add("```");
    section.addAll(figures);
    section.add("```");
    Results.write(setting.results(), verb, section);
    body.forEach(System.out::println);
    System.out.println();
    notes.forEach(System.out::println);
    System.out.println();
    figures.forEach(System.out::println);
  }

  /** For a table: what so much of the samples is below, as {@link #number} has it. */
  static String quantile(Samples samples, double q) {
    return samples.isEmpty() ? "–" : number(samples.quantile(q));
  }

  /** Likewise, the median. */
  static String median(Samples samples) {
    return quantile(samples, 0.5);
  }

  /** Three digits that count; four just above 1, where a ratio's third decimal is what matters. */
  static String number(double value) {
    double size = Math.abs(value);
    int digits = 3;
    if (size >= 100 || size < 1e-9) {
      digits = 0;
    } else if (size >= 10) {
      digits = 1;
    } else if (size >= 1.1) {
      digits = 2;
    } else if (size < 0.01) {
      digits = 5;
    }
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
