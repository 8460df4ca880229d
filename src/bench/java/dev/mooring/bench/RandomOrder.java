package dev.mooring.bench;

import java.util.Random;

/**
 * Two calls to each of so many sessions, all shuffled: so at any time some have been called twice,
 * some once, and some not at all, and a mix-up of two shows in what they answer.
 */
final class RandomOrder {
  private static final long SEED = 20_260_102;

  private final int[] sessions;

  RandomOrder(int count) {
    sessions = new int[2 * count];
    var random = new Random(SEED);
    for (int i = 0; i < sessions.length; i++) {
      int other = random.nextInt(i + 1);
      sessions[i] = sessions[other];
      sessions[other] = i / 2;
    }
  }

  int calls() {
    return sessions.length;
  }

  /** Whose turn it is. */
  int session(int call) {
    return sessions[call];
  }
}
