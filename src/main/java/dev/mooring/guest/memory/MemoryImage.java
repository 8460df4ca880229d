package dev.mooring.guest.memory;

import java.util.Arrays;

/**
 * What a module's memory holds before a space has written to it. Immutable, and shared by all
 * spaces on all loops, which read its pages as their own.
 */
public final class MemoryImage {
  /** Every page of zeroes there is, in images and in grown memory. Nobody ever writes to it. */
  public static final byte[] ZEROES = new byte[GuestMemory.TRACKED_BYTES];

  private final byte[][] pages;
  private final int sizePages;

  private MemoryImage(byte[][] pages, int sizePages) {
    this.pages = pages;
    this.sizePages = sizePages;
  }

  /** Memory as a module declares it: zeroes. */
  public static MemoryImage zeroes(int sizePages) {
    byte[][] pages = new byte[sizePages * GuestMemory.TRACKED_PER_PAGE][];
    Arrays.fill(pages, ZEROES);
    return new MemoryImage(pages, sizePages);
  }

  /** A copy of what is loaded now. */
  public static MemoryImage of(GuestMemory memory) {
    return of(memory.sizePages, memory::bytes);
  }

  /** A copy of some memory, read a tracked page at a time. */
  public static MemoryImage of(int sizePages, Reader memory) {
    byte[][] pages = new byte[sizePages * GuestMemory.TRACKED_PER_PAGE][];
    for (int i = 0; i < pages.length; i++) {
      byte[] page = memory.read(i << GuestMemory.TRACKED_SHIFT, GuestMemory.TRACKED_BYTES);
      pages[i] = Arrays.equals(page, ZEROES) ? ZEROES : page;
    }
    return new MemoryImage(pages, sizePages);
  }

  /** Copies a range of memory. */
  public interface Reader {
    byte[] read(int address, int length);
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

  /** Copies the references of all pages to the start of a page table. */
  void copyTo(byte[][] table) {
    System.arraycopy(pages, 0, table, 0, pages.length);
  }
}
