package dev.mooring.session;

import org.jspecify.annotations.Nullable;

/** What a kept session survives. */
public enum Durability {
  /** The end of its connection, and not that of the process. */
  MEMORY(0),
  /** The process's sudden end: what is said was written to the operating system before. */
  ASYNC(1),
  /** A power failure: what is said was on the disk before. */
  DISK(2);

  private final int number;

  Durability(int number) {
    this.number = number;
  }

  /** Its number on the wire. */
  public int number() {
    return number;
  }

  /** The one of this number on the wire; null if there is none. */
  static @Nullable Durability of(int number) {
    for (Durability each : values()) {
      if (each.number == number) {
        return each;
      }
    }
    return null;
  }
}
