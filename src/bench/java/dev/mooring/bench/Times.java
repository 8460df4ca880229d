package dev.mooring.bench;

/** What half of the samples, and 99 of a hundred, took at most, in microseconds. */
record Times(double p50, double p99) {
  /** Two of the numbers that a process answered. */
  static Times of(Peer.Answer answer, int at) {
    return new Times(
        Double.parseDouble(answer.words().get(at)), Double.parseDouble(answer.words().get(at + 1)));
  }
}
