package dev.mooring.guest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Programs at random, each on our engine and on an interpreter: {@link ProgramRun}. A seed makes
 * the same program and the same calls. Those that don't go the same way are kept in {@code
 * target/random-programs}. {@code src/bench/run programs} hunts for as long as one likes.
 */
final class RandomPrograms {
  private static final Path FOLDER = Path.of("target", "random-programs");
  private static final long BUDGET_BYTES = 256L << 20;
  private static final long REPORT_SECONDS = 30;
  private static final String[] DEFAULT = {"--minutes", "5"};
  private static final int WRONG_OPTION = 2;

  private RandomPrograms() {}

  /**
   * Hunts: {@code --minutes N}, or {@code --seed N} for one program. Ends with 1 if there was a
   * difference; further programs are tried all the same.
   */
  public static void main(String[] arguments) {
    String[] given = arguments.length == 0 ? DEFAULT : arguments;
    boolean numbered = given.length == 2 && given[1].matches("[1-9][0-9]{0,9}");
    if (numbered && given[0].equals("--seed")) {
      System.out.println(one(Long.parseLong(given[1])));
    } else if (numbered && given[0].equals("--minutes")) {
      System.exit(hunt(TimeUnit.MINUTES.toNanos(Long.parseLong(given[1]))));
    } else {
      System.err.println("programs: takes --minutes N or --seed N, a number from 1 on");
      System.exit(WRONG_OPTION);
    }
  }

  private static ProgramRun.Tally one(long seed) {
    try (var runtime = new GuestRuntime(BUDGET_BYTES)) {
      return check(seed, runtime);
    }
  }

  private static int hunt(long nanos) {
    try (var runtime = new GuestRuntime(BUDGET_BYTES)) {
      return hunt(nanos, runtime);
    }
  }

  private static int hunt(long nanos, GuestRuntime runtime) {
    long first = firstSeed();
    long begun = System.nanoTime();
    long reported = begun;
    long programs = 0;
    long committed = 0;
    long trapped = 0;
    int found = 0;
    System.out.println("Seeds from -Dmooring.seed=" + first + " on.");
    while (System.nanoTime() - begun < nanos) {
      try {
        ProgramRun.Tally tally = check(first + programs, runtime);
        committed += tally.committed();
        trapped += tally.trapped();
      } catch (AssertionError e) {
        found++;
        System.out.println(e.getMessage());
      }
      programs++;
      if (System.nanoTime() - reported > TimeUnit.SECONDS.toNanos(REPORT_SECONDS)) {
        reported = System.nanoTime();
        System.out.printf(
            "%,d programs, %.1f a second; %,d calls committed, %,d trapped; %d differences%n",
            programs, programs * 1e9 / (reported - begun), committed, trapped, found);
      }
    }
    System.out.printf("figure random_programs %d%n", programs);
    System.out.printf("figure random_programs_differences %d%n", found);
    return found == 0 ? 0 : 1;
  }

  /** Where a hunt begins that isn't told. */
  static long firstSeed() {
    return Long.getLong("mooring.seed", new Random().nextInt(1, Integer.MAX_VALUE));
  }

  /**
   * Runs the program of a seed.
   *
   * @throws AssertionError that says what differs and where the program is
   */
  static ProgramRun.Tally check(long seed, GuestRuntime runtime) {
    String step = "before it ran";
    byte[] module = {};
    List<String> calls = List.of();
    try (var run = new ProgramRun(seed, runtime)) {
      module = run.module();
      try {
        return run.run();
      } finally {
        step = run.step();
        calls = run.calls();
      }
    } catch (Throwable e) {
      throw new AssertionError(keep(seed, module, calls, step + ": " + e), e);
    }
  }

  /** Writes down what differs; answers a line that says where. */
  private static String keep(long seed, byte[] module, List<String> calls, String what) {
    String said = "random program, seed " + seed + ", " + what;
    Path file = FOLDER.resolve(seed + ".wasm");
    try {
      Files.createDirectories(FOLDER);
      Files.write(file, module);
      Files.writeString(
          FOLDER.resolve(seed + ".txt"), said + "\n" + String.join("\n", calls) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return said + "; it is kept as " + file.toAbsolutePath();
  }
}
