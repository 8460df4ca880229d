package dev.mooring.store.model;

/** What happens no more often than {@link Sizes} says, so that there is an end to it. */
enum Chance {
  /** A session is claimed from the database. */
  CLAIM,
  /** A batch carries whole states. */
  WHOLE,
  /** A client makes a call that only reads. */
  READ,
  /** A node loses a connection, and with it an answer. */
  LOSS,
  /** A node's lease runs out, whether it lives or not. */
  EXPIRY,
  CRASH,
  /** A node that is out comes back with a new incarnation. */
  REJOIN,
  REMOVAL,
  DRAIN,
  /** The database is away, and all leases run out. */
  OUTAGE
}
