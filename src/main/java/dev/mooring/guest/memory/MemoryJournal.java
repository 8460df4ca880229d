package dev.mooring.guest.memory;

import dev.mooring.state.PageRuns;

/**
 * What a space's commits have changed of its memory since somebody last asked, as long as that is
 * less than it takes to say all that there is.
 *
 * <p>Event loop only.
 */
public final class MemoryJournal {
  private final PageRuns runs = new PageRuns();
  private int maxBytes;
  private boolean overflown = true;

  /**
   * Begins anew.
   *
   * @param bytes if they are more, they aren't kept
   */
  public void begin(int bytes) {
    runs.clear(0);
    maxBytes = bytes;
    overflown = false;
  }

  /** Whether it has all that was changed since it began. */
  public boolean isWhole() {
    return !overflown;
  }

  /** All of it, if it is {@link #isWhole whole}; it begins anew. */
  public byte[] take() {
    byte[] taken = runs.toBytes();
    maxBytes -= taken.length;
    runs.clear(0);
    return taken;
  }

  void changed(int number, byte[] before, byte[] after, int at) {
    if (!overflown) {
      runs.changed(number, before, after, at);
      bound();
    }
  }

  void added(int number, byte[] after, int at) {
    if (!overflown) {
      runs.added(number, after, at);
      bound();
    }
  }

  private void bound() {
    if (runs.size() > maxBytes) {
      overflown = true;
      runs.clear(0);
    }
  }
}
