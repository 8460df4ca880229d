package dev.mooring.guest.memory;

import java.util.Arrays;

/**
 * A module's data and element segments on one processor, and which of them the loaded space has
 * dropped.
 *
 * <p>The segments themselves are the module's and never change. What is a space's is one bit for
 * each: {@code dropped} holds the data segments' bits, then the element segments'. A module without
 * {@code data.drop} and {@code elem.drop} has no such bits to load.
 *
 * <p>Event loop only.
 */
public final class Segments {
  private static final byte[] NO_DATA = {};
  private static final int[] NO_ELEMENTS = {};

  private final byte[][] data;
  private final int[][] elements;

  /** One bit a segment, in words of 64. The image's or the loaded space's, copied here. */
  public final long[] dropped;

  public Segments(byte[][] data, int[][] elements, long[] dropped) {
    this.data = data;
    this.elements = elements;
    this.dropped = dropped.clone();
  }

  /** The bits for so many segments, none dropped. */
  public static long[] noneDropped(int count) {
    return new long[(count + Long.SIZE - 1) / Long.SIZE];
  }

  public static void drop(long[] dropped, int bit) {
    dropped[bit >> 6] |= 1L << bit;
  }

  /** What is left of a data segment: all of it, or, once dropped, nothing. */
  byte[] data(int segment) {
    return isDropped(segment) ? NO_DATA : data[segment];
  }

  /** What is left of an element segment: references as tables hold them. */
  public int[] elements(int segment) {
    return isDropped(data.length + segment) ? NO_ELEMENTS : elements[segment];
  }

  public void dropData(int segment) {
    drop(dropped, segment);
  }

  public void dropElements(int segment) {
    drop(dropped, data.length + segment);
  }

  private boolean isDropped(int bit) {
    return (dropped[bit >> 6] & 1L << bit) != 0;
  }

  /** Makes the bits those of a space. */
  public void load(long[] space) {
    System.arraycopy(space, 0, dropped, 0, dropped.length);
  }

  /** Copies the bits to a space's. */
  public void save(long[] space) {
    System.arraycopy(dropped, 0, space, 0, dropped.length);
  }

  /** The bits as they are now. */
  public long[] copy() {
    return Arrays.copyOf(dropped, dropped.length);
  }
}
