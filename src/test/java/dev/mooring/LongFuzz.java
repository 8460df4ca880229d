package dev.mooring;

import dev.mooring.fuzz.FuzzContract;
import dev.mooring.fuzz.FuzzRun;
import dev.mooring.guest.intake.ExtremeModuleFuzzTest;
import dev.mooring.guest.intake.ModuleFuzzTest;
import dev.mooring.proto.EnvelopeFuzzTest;
import dev.mooring.proto.frame.FrameDecoderFuzzTest;
import dev.mooring.server.hostile.ServerFuzzTest;
import dev.mooring.state.SessionStateFuzzTest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Hunts for as long as one likes, one target after the other: {@code src/bench/run fuzz}. What it
 * learns it keeps in {@code src/target/fuzz}, and goes on from there the next time.
 */
final class LongFuzz {
  private static final List<FuzzContract> TARGETS =
      List.of(
          new FrameDecoderFuzzTest(),
          new EnvelopeFuzzTest(),
          new ServerFuzzTest(),
          new ModuleFuzzTest(),
          new ExtremeModuleFuzzTest(),
          new SessionStateFuzzTest());

  private static final int DEFAULT_MINUTES = 5;
  private static final int FOUND = 1;
  private static final int WRONG_OPTION = 2;

  private LongFuzz() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    int minutes = DEFAULT_MINUTES;
    var targets = new ArrayList<FuzzContract>();
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].equals("--minutes")) {
        minutes = minutes(i + 1 < arguments.length ? arguments[++i] : "");
      } else {
        targets.add(target(arguments[i]));
      }
    }
    System.exit(hunt(targets.isEmpty() ? TARGETS : targets, Duration.ofMinutes(minutes)));
  }

  private static int minutes(String text) {
    if (!text.matches("[1-9][0-9]{0,5}")) {
      throw wrong("--minutes takes a number from 1 on, not '" + text + "'");
    }
    return Integer.parseInt(text);
  }

  private static FuzzContract target(String name) {
    for (FuzzContract target : TARGETS) {
      if (target.name().equals(name)) {
        return target;
      }
    }
    throw wrong(
        "there is no target '%s', but %s"
            .formatted(name, String.join(", ", TARGETS.stream().map(FuzzContract::name).toList())));
  }

  private static RuntimeException wrong(String message) {
    System.err.println("fuzz: " + message);
    System.exit(WRONG_OPTION);
    return new IllegalArgumentException(message);
  }

  private static int hunt(List<FuzzContract> targets, Duration time)
      throws IOException, InterruptedException {
    long seconds = Math.max(1, time.toSeconds() / targets.size());
    long seed = Long.getLong("mooring.seed", new Random().nextInt(Integer.MAX_VALUE));
    System.out.printf(
        "Each of %d targets runs for %d s, with -Dmooring.seed=%d.%n",
        targets.size(), seconds, seed);
    var figures = new ArrayList<String>();
    boolean found = false;
    for (FuzzContract target : targets) {
      Path folder = Path.of("target", "fuzz", target.name()).toAbsolutePath();
      System.out.printf("%s ... (tail -f %s)%n", target.name(), folder.resolve("output"));
      FuzzRun.Outcome outcome = new FuzzRun(target, folder, seconds, seed).run();
      @Nullable String finding = outcome.finding();
      found |= finding != null;
      System.out.printf(
          "%s: %,d executions, %,d edges, %s%n",
          target.name(),
          outcome.executions(),
          outcome.coverage(),
          finding == null ? "nothing found" : "FOUND: " + finding);
      figures.add("figure fuzz_%s_executions %d".formatted(target.name(), outcome.executions()));
      figures.add("figure fuzz_%s_coverage %d".formatted(target.name(), outcome.coverage()));
    }
    figures.forEach(System.out::println);
    return found ? FOUND : 0;
  }
}
