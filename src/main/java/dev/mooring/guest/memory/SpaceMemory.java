package dev.mooring.guest.memory;

/** One space's memory while it isn't being run, in the form that its layout keeps. */
public abstract sealed class SpaceMemory permits DensePages, FlatBytes {
  /** How far this space's memory may grow, in pages of 64 KiB. */
  final int limitPages;

  /** The memory's size as the last committed call left it, in pages of 64 KiB. */
  public int sizePages;

  SpaceMemory(int sizePages, int limitPages) {
    this.sizePages = sizePages;
    this.limitPages = limitPages;
  }

  final int trackedPages() {
    return sizePages * GuestMemory.TRACKED_PER_PAGE;
  }
}
