package dev.mooring.guest.memory;

import java.util.Arrays;

/**
 * What a module's memory holds before a space has written to it. Immutable, and shared by all
 * spaces on all loops, which read its pages as their own.
 */
public final class MemoryImage {
  /** Every page of zeroes there is, in images and in grown memory. Nobody ever writes to it. */
  static final byte[] ZEROES = new byte[GuestMemory.TRACKED_BYTES];

  private final byte[][] pages;
  private final int sizePages;

  private MemoryImage(byte[][] pages, int sizePages) {
    this.pages = pages;
    this.sizePages = sizePages;
  }

  /** Memory that nothing was written to. */
  public static MemoryImage zeroes(int sizePages) {
    byte[][] pages = new byte[sizePages * GuestMemory.TRACKED_PER_PAGE][];
    Arrays.fill(pages, ZEROES);
    return new MemoryImage(pages, sizePages);
  }

  /** An image in the making: zeroes, and what is written over them. Only that takes heap. */
  @SuppressWarnings("ReferenceEquality") // There is one page of zeroes in images.
  public static final class Builder {
    private final MemoryImage image;

    public Builder(int sizePages) {
      image = zeroes(sizePages);
    }

    /** Writes {@code length} bytes to an address; all of them must be within the memory. */
    public void write(int address, byte[] from, int start, int length) {
      int done = 0;
      while (done < length) {
        int number = (address + done) >> GuestMemory.TRACKED_SHIFT;
        int at = (address + done) & GuestMemory.TRACKED_MASK;
        int count = Math.min(length - done, GuestMemory.TRACKED_BYTES - at);
        if (image.pages[number] == ZEROES) {
          image.pages[number] = new byte[GuestMemory.TRACKED_BYTES];
        }
        System.arraycopy(from, start + done, image.pages[number], at, count);
        done += count;
      }
    }

    /** Ends the making: nothing may be written from now on. */
    public MemoryImage build() {
      for (int i = 0; i < image.pages.length; i++) {
        image.pages[i] = orZeroes(image.pages[i]);
      }
      return image;
    }
  }

  /** The page, or, if it is all zeroes, the only such page. */
  private static byte[] orZeroes(byte[] page) {
    return Arrays.equals(page, ZEROES) ? ZEROES : page;
  }

  /**
   * A copy of what is loaded now.
   *
   * @param before the image that it began as: pages that are as they were are that one's
   */
  public static MemoryImage of(GuestMemory memory, MemoryImage before) {
    int sizePages = memory.sizePages();
    byte[][] pages = new byte[sizePages * GuestMemory.TRACKED_PER_PAGE][];
    for (int i = 0; i < pages.length; i++) {
      byte[] page = memory.bytes(i << GuestMemory.TRACKED_SHIFT, GuestMemory.TRACKED_BYTES);
      byte[] shared = before.page(i);
      pages[i] = Arrays.equals(page, shared) ? shared : orZeroes(page);
    }
    return new MemoryImage(pages, sizePages);
  }

  /** The size in pages of 64 KiB. */
  public int sizePages() {
    return sizePages;
  }

  /** How many tracked pages there are. */
  public int pageCount() {
    return pages.length;
  }

  /**
   * What a tracked page holds in a space that hasn't written to it; zeroes past the image's end.
   */
  public byte[] page(int number) {
    return number < pages.length ? pages[number] : ZEROES;
  }

  /** Whether nothing but zeroes was ever written to a tracked page; that is told at no cost. */
  @SuppressWarnings("ReferenceEquality") // There is one page of zeroes in images.
  public boolean isZero(int number) {
    return page(number) == ZEROES;
  }

  /** An array of so many bytes that holds the image, and zeroes past its end. */
  @SuppressWarnings("ReferenceEquality") // There is one page of zeroes in images.
  byte[] copy(int length) {
    byte[] copy = new byte[length];
    for (int i = 0; i < pages.length; i++) {
      if (pages[i] != ZEROES) {
        System.arraycopy(
            pages[i], 0, copy, i << GuestMemory.TRACKED_SHIFT, GuestMemory.TRACKED_BYTES);
      }
    }
    return copy;
  }
}
