package dev.mooring.guest.random;

import java.util.List;
import java.util.SplittableRandom;

/** Chooses at random: the same from the same seed. */
final class Dice {
  private final SplittableRandom random;

  Dice(long seed) {
    this(new SplittableRandom(seed));
  }

  private Dice(SplittableRandom random) {
    this.random = random;
  }

  /** Others, which these only begin: however many throws are made with them. */
  Dice split() {
    return new Dice(random.split());
  }

  /** A number from 0 on. */
  int below(int end) {
    return random.nextInt(end);
  }

  /** A number within bounds, which may both be chosen. */
  int within(int least, int most) {
    return random.nextInt(least, most + 1);
  }

  boolean percent(int chance) {
    return random.nextInt(100) < chance;
  }

  /** Whether something happens that does so with this probability. */
  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  int of(int... values) {
    return values[random.nextInt(values.length)];
  }

  <T> T of(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  /** Any bits; those that are of interest more often than others. */
  long bits() {
    return switch (random.nextInt(8)) {
      case 0 -> random.nextLong();
      case 1 -> random.nextLong() >> random.nextInt(64);
      case 2 -> 1L << random.nextInt(64);
      case 3 -> (1L << random.nextInt(64)) - 1;
      case 4 -> -(1L << random.nextInt(64));
      case 5 -> random.nextInt(-2, 3);
      default -> random.nextInt(0, 100);
    };
  }
}
