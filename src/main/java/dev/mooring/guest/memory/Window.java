package dev.mooring.guest.memory;

import org.jspecify.annotations.Nullable;

/**
 * An array in which guests compute: exactly as long as the memory of the spaces that are shown in
 * it, one at a time.
 *
 * <p>Invariant between calls: it holds the image, with the pages of {@code content} in it, which is
 * awake; no mark is set.
 */
final class Window {
  final GuestMemory owner;
  byte[] bytes;

  /** One for each tracked page, not 0 if the running call may have stored to it. */
  byte[] marks;

  /** The space that it shows; null for the image alone. */
  @Nullable SpaceMemory content;

  /** When it was used last, on {@link Windows#now}'s clock. */
  int usedAt;

  Window(GuestMemory owner, byte[] bytes, byte[] marks) {
    this.owner = owner;
    this.bytes = bytes;
    this.marks = marks;
  }

  /** Notes that this is the window that shows a space. */
  void shows(SpaceMemory space) {
    content = space;
    if (space.lastShownIn != this) { // To write a reference is work for the collector.
      space.lastShownIn = this;
    }
  }

  /** It was dropped: whoever knows it still keeps no array alive. */
  void drop() {
    content = null;
    bytes = GuestMemory.NOTHING;
    marks = GuestMemory.NOTHING;
  }

  /** How many pages must be put back before it shows the image. */
  int changedPages() {
    return content == null ? 0 : content.count;
  }
}
