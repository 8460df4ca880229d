package dev.mooring.guest;

import java.security.SecureRandom;

/**
 * One event loop's guests: opens spaces and owns what they share on this loop.
 *
 * <p>Event loop only.
 */
public final class GuestLoop implements AutoCloseable {
  private final HostCalls calls = new HostCalls(new SecureRandom());
  private int liveSpaces;

  /**
   * Opens a space: the module's image, initialised.
   *
   * @param maxMemoryBytes how far its memory may grow
   * @param invocation begun for this opening; what an initialisation sends is in it afterwards
   * @throws SpaceRefused if its initialisation did not end well
   */
  public Space open(
      GuestModule module, GuestEnvironment environment, long maxMemoryBytes, Invocation invocation)
      throws SpaceRefused {
    var space = new Space(this, module, environment, maxMemoryBytes);
    space.initialize(invocation);
    liveSpaces++;
    return space;
  }

  /** Spaces that were opened and not closed. */
  public int liveSpaces() {
    return liveSpaces;
  }

  @Override
  public void close() {
    if (liveSpaces != 0) {
      throw new IllegalStateException(liveSpaces + " spaces are still open");
    }
  }

  HostCalls calls() {
    return calls;
  }

  void closed() {
    liveSpaces--;
  }
}
