package dev.mooring.fuzz;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A target: whatever the bytes, a promise holds. What extends this is public, has a public
 * constructor, and has Jazzer's entry, {@code public static void fuzzerTestOneInput(byte[])}, which
 * throws if the promise is broken.
 *
 * <p>Every build tries the seeds and the cases that were kept, and hunts for a few seconds; {@code
 * -Dmooring.fuzz.seconds} says for how many, and {@code src/bench/run fuzz} hunts for long. What is
 * found becomes a case: a file in {@code test/fuzz/NAME} of the module, named after what it is.
 */
public abstract class FuzzContract {
  private static final long SECONDS =
      Long.getLong("mooring.fuzz.seconds", System.getenv("CI") == null ? 1 : 3);
  private static final String SUFFIX = "FuzzTest";

  /** Where cases are, seen from the folder of any module. */
  private static final List<Path> CASES =
      List.of(
          Path.of("src/test/fuzz"), Path.of("test/fuzz"), Path.of("../proto/java/src/test/fuzz"));

  /** What to begin with: inputs that get far. */
  protected abstract List<byte[]> seeds();

  /** Jazzer's entry, called. */
  protected abstract void execute(byte[] input) throws Exception;

  /** What the target is called, in snake case: the class's name without its ending. */
  public final String name() {
    String simple = getClass().getSimpleName();
    if (!simple.endsWith(SUFFIX)) {
      throw new IllegalStateException(simple + " doesn't end in " + SUFFIX);
    }
    return simple
        .substring(0, simple.length() - SUFFIX.length())
        .replaceAll("(?<=[a-z])(?=[A-Z])", "_")
        .toLowerCase(Locale.ROOT);
  }

  /** Where its cases are. */
  final Path keptCasesFolder() {
    return keptCasesFolder(CASES);
  }

  final Path keptCasesFolder(List<Path> folders) {
    return folders.stream()
        .map(folder -> folder.resolve(name()))
        .filter(Files::isDirectory)
        .findAny()
        .orElseThrow(
            () ->
                new AssertionError(
                    "no kept cases of %s: expected a folder of that name in one of %s, seen from %s"
                        .formatted(name(), folders, Path.of("").toAbsolutePath())));
  }

  @Test
  final void seeds_each_hold() {
    List<byte[]> seeds = seeds();
    assertTrue(!seeds.isEmpty(), "there are seeds");
    for (byte[] seed : seeds) {
      hold("seed " + HexFormat.of().formatHex(seed), seed);
    }
  }

  @Test
  final void keptCases_each_hold() throws IOException {
    List<Path> cases;
    try (Stream<Path> files = Files.list(keptCasesFolder())) {
      cases = files.toList();
    }
    assertTrue(!cases.isEmpty(), "there are cases");
    for (Path file : cases) {
      hold(file.toString(), Files.readAllBytes(file));
    }
  }

  private void hold(String what, byte[] input) {
    try {
      execute(input);
    } catch (Throwable e) {
      throw new AssertionError(what, e);
    }
  }

  @Test
  final void hunt_aFewSeconds_findsNothing() throws IOException, InterruptedException {
    assumeTrue(FuzzRun.isPossible(), "Jazzer has no library for this platform");
    long seed = Long.getLong("mooring.seed", new Random().nextInt(Integer.MAX_VALUE));
    Path folder = Path.of("target", "fuzz", "short", name()).toAbsolutePath();
    FuzzRun.clean(folder);
    FuzzRun.Outcome outcome = new FuzzRun(this, folder, SECONDS, seed).run();
    System.out.printf(
        "%s: %,d executions, %,d edges, with -Dmooring.seed=%d%n",
        name(), outcome.executions(), outcome.coverage(), seed);
    assertNull(outcome.finding(), outcome::finding);
  }

  /** All bytes of a file; what a seed is often made of. */
  protected static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
