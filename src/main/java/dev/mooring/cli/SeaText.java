package dev.mooring.cli;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/** A long text for the demo, always the same, whose words are counted as it is written. */
final class SeaText {
  /** Earlier words are chosen more often, as in any language. */
  private static final String[] VOCABULARY = {
    "the", "sea", "and", "of", "harbour", "wind", "a", "ship", "anchor", "rope", "tide", "mooring",
    "buoy", "keel", "lantern", "gull", "quay", "sail", "storm", "pilot", "chart", "compass"
  };

  private final byte[] bytes;
  private final long[] counts = new long[VOCABULARY.length];

  /**
   * @param length in bytes; the text is filled up with blanks
   */
  SeaText(int length) {
    bytes = new byte[length];
    Arrays.fill(bytes, (byte) ' ');
    var random = new SplittableRandom(1);
    byte[][] words =
        Arrays.stream(VOCABULARY)
            .map(word -> word.getBytes(StandardCharsets.US_ASCII))
            .toArray(byte[][]::new);
    int at = 0;
    while (true) {
      int index = random.nextInt(1 + random.nextInt(words.length));
      byte[] word = words[index];
      if (at + word.length >= length) {
        return;
      }
      System.arraycopy(word, 0, bytes, at, word.length);
      counts[index]++;
      at += word.length + 1;
    }
  }

  /** The text itself, not a copy. */
  byte[] bytes() {
    return bytes;
  }

  /** How many words it has. */
  long words() {
    return Arrays.stream(counts).sum();
  }

  /** The most frequent word. */
  String topWord() {
    return VOCABULARY[topIndex()];
  }

  /** How often the most frequent word occurs. */
  long topCount() {
    return counts[topIndex()];
  }

  private int topIndex() {
    int top = 0;
    for (int i = 1; i < counts.length; i++) {
      top = counts[i] > counts[top] ? i : top;
    }
    return top;
  }
}
