package dev.mooring.session;

import java.util.ArrayDeque;

/**
 * The stored sessions of an event loop that have a space here. Now and then those are looked at
 * that may have been idle for a while, and give it back: what they are is in the store.
 *
 * <p>Nothing happens here when a session runs. Whoever turns out not to have been idle is looked at
 * again when it may have been.
 *
 * <p>Event loop only.
 */
final class IdleSessions {
  /** One look is at so many sessions at most. */
  static final int LOOKS = 1_024;

  /** A session's place here. It is the session's as long as that says so. */
  static final class Place {
    private final KeptSession session;
    private final int lookAt;

    private Place(KeptSession session, int lookAt) {
      this.session = session;
      this.lookAt = lookAt;
    }
  }

  /** In the order of their coming; later ones may have to be looked at earlier, and wait. */
  private final ArrayDeque<Place> places = new ArrayDeque<>();

  /**
   * Has a session looked at.
   *
   * @param lookAt not before, on {@link SessionLoop#now}'s clock
   */
  Place add(KeptSession session, int lookAt) {
    var place = new Place(session, lookAt);
    places.add(place);
    return place;
  }

  /** Has a session looked at before all others, at the next look. */
  Place addFirst(KeptSession session, int now) {
    var place = new Place(session, now + 1);
    places.addFirst(place);
    return place;
  }

  /** Looks at those whose time it is. */
  void look(SessionLoop home) {
    for (int looks = Math.min(LOOKS, places.size()); looks > 0; looks--) {
      Place first = places.peek();
      if (first == null || home.now() - first.lookAt < 0) {
        return;
      }
      places.remove();
      first.session.sleepIfIdle(home, first);
    }
  }
}
