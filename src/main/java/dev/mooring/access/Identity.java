package dev.mooring.access;

/** Who somebody turned out to be. */
public sealed interface Identity {
  /** It doesn't matter here: everybody is let in. */
  Identity ANYONE = new Anyone();

  /** As {@link #ANYONE}. */
  record Anyone() implements Identity {}

  /** Somebody who is known. */
  record Known(Tenant tenant) implements Identity {}

  /**
   * Nobody who is known.
   *
   * @param why what was wrong and what was expected, for people
   */
  record Unknown(String why) implements Identity {}

  /** Somebody who is known, but there are too many who are: come again later. */
  record TooMany(String why) implements Identity {}
}
