package dev.mooring.guest.memory;

import org.jspecify.annotations.Nullable;

/** A space's memory in the flat layout: one array of exactly its size, made at the first load. */
final class FlatBytes extends SpaceMemory {
  byte @Nullable [] bytes;

  FlatBytes(int sizePages, int limitPages) {
    super(sizePages, limitPages);
  }
}
