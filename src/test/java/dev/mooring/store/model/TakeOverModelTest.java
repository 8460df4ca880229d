package dev.mooring.store.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever happens, and in whatever order, the rules of take-over lose no call that was
 * acknowledged, have none in a state twice, let no two owners commit at one number, answer no read
 * from a state that is behind, and leave no session that a client can't have or whose timers nobody
 * sees to. Without any one of them something of that happens.
 *
 * <p>{@code mvn -pl src -am test -Dtest=TakeOverModelTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dmooring.model=large} goes through larger sizes, some twenty-eight million states, which takes
 * five minutes or more. {@code -Dmooring.model.traces=true} prints how each broken rule does harm,
 * by the shortest way. {@code -Dmooring.seed=N} replays a long run, and {@code
 * -Dmooring.simulations=N} is how many there are.
 */
final class TakeOverModelTest {
  private static final boolean LARGE = "large".equals(System.getProperty("mooring.model"));
  private static final boolean TRACES = Boolean.getBoolean("mooring.model.traces");
  private static final int RUNS = Integer.getInteger("mooring.simulations", 60);

  /** More than any plan has, or the machine's memory; a plan that isn't gone through fails. */
  private static final int MAX_STATES = LARGE ? 12_000_000 : 200_000;

  private static final int MOVES = 400;

  /** Too large to go through. */
  private static final Sizes LONG_RUN =
      Sizes.of(4, 2, 5)
          .with(Chance.CLAIM, 40)
          .with(Chance.WHOLE, 15)
          .with(Chance.READ, 20)
          .with(Chance.LOSS, 12)
          .with(Chance.EXPIRY, 5)
          .with(Chance.CRASH, 3)
          .with(Chance.REJOIN, 6)
          .with(Chance.REMOVAL, 1)
          .with(Chance.DRAIN, 2)
          .with(Chance.OUTAGE, 1);

  private static Explorer.Outcome explore(Sizes sizes, Rules rules, boolean snags) {
    return new Explorer(sizes, rules, snags, MAX_STATES).explore();
  }

  @ParameterizedTest
  @EnumSource
  void anyOrder_ofAllThatCanHappen_breaksNoPromise(Plan plan) {
    Sizes sizes = LARGE ? plan.large : plan.sizes;
    Explorer.Outcome outcome = explore(sizes, Rules.ALL, true);
    if (LARGE) {
      System.out.println(plan + " of " + sizes + ": " + outcome);
    }
    assertNull(outcome.found(), outcome::toString);
    assertTrue(outcome.isComplete(), outcome::toString);
  }

  /** Or what was gone through had little in it. */
  @Test
  void plans_together_haveAllThatCanHappen() {
    var made = EnumSet.noneOf(Move.Kind.class);
    for (Plan plan : EnumSet.range(Plan.DEAD_NODE, Plan.OUTAGE)) {
      if (!made.equals(EnumSet.allOf(Move.Kind.class))) {
        made.addAll(explore(plan.sizes, Rules.ALL, false).made());
      }
    }
    assertEquals(EnumSet.allOf(Move.Kind.class), made);
  }

  /** What is untrue goes before what stands still. */
  @ParameterizedTest
  @EnumSource
  void brokenRule_inSomeOrder_breaksAPromise(Breach breach) {
    var rules = new Rules(breach);
    Explorer.Outcome untrue = explore(breach.plan.sizes, rules, false);
    Explorer.Outcome outcome =
        untrue.found() == null ? explore(breach.plan.sizes, rules, true) : untrue;
    assertNotNull(outcome.found(), () -> breach.words + " does no harm in " + outcome);
    if (TRACES) {
      System.out.printf("%s: %s%n", breach.words, outcome);
    }
  }

  @Test
  void chance_inLongRuns_breaksNoPromise() {
    Set<Move.Kind> made = EnumSet.noneOf(Move.Kind.class);
    Long wanted = Long.getLong("mooring.seed");
    var seeds = new Random();
    for (int run = 0; run < (wanted == null ? RUNS : 1); run++) {
      long seed = wanted == null ? seeds.nextLong() : wanted;
      Sizes sizes = (seed & 1) == 0 ? LONG_RUN : LONG_RUN.withHeads();
      var walk = new Walk(sizes, Rules.ALL, seed);
      String wrong = walk.go(MOVES);
      assertNull(
          wrong,
          () ->
              "-Dmooring.seed=%d: %s:%n  %s"
                  .formatted(seed, wrong, String.join("\n  ", walk.trace())));
      made.addAll(walk.made());
    }
    if (wanted == null) {
      assertEquals(EnumSet.allOf(Move.Kind.class), made);
    }
  }
}
