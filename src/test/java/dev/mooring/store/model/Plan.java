package dev.mooring.store.model;

/** Sizes small enough to go through all that can happen, each for some of the rules. */
@SuppressWarnings("ImmutableEnumChecker") // Sizes copy their map.
enum Plan {
  TAKE_OVER(
      Sizes.of(2, 1, 2).with(Chance.CLAIM, 2).with(Chance.WHOLE, 1),
      Sizes.of(2, 1, 2).with(Chance.CLAIM, 3).with(Chance.WHOLE, 2)),
  GO_AND_COME(
      Sizes.of(2, 1, 1).with(Chance.CLAIM, 4).with(Chance.WHOLE, 1),
      Sizes.of(2, 1, 2).with(Chance.CLAIM, 5).with(Chance.WHOLE, 1)),
  THREE_NODES(
      Sizes.of(3, 1, 1).with(Chance.CLAIM, 2).with(Chance.WHOLE, 1),
      Sizes.of(3, 1, 1).with(Chance.CLAIM, 3).with(Chance.WHOLE, 2)),
  LOST_ANSWER(
      Sizes.of(2, 1, 1).with(Chance.CLAIM, 2).with(Chance.WHOLE, 1).with(Chance.LOSS, 1),
      Sizes.of(2, 1, 2).with(Chance.CLAIM, 2).with(Chance.WHOLE, 2).with(Chance.LOSS, 2)),
  LOST_ANSWERS(
      Sizes.of(2, 1, 1).with(Chance.CLAIM, 1).with(Chance.WHOLE, 1).with(Chance.LOSS, 2),
      Sizes.of(3, 1, 1).with(Chance.CLAIM, 2).with(Chance.WHOLE, 1).with(Chance.LOSS, 2)),
  DEAD_NODE(
      Sizes.of(2, 1, 1)
          .with(Chance.CLAIM, 2)
          .with(Chance.WHOLE, 1)
          .with(Chance.EXPIRY, 1)
          .with(Chance.CRASH, 1),
      Sizes.of(3, 1, 1).with(Chance.CLAIM, 2).with(Chance.WHOLE, 1).with(Chance.EXPIRY, 2)),
  REJOIN(
      Sizes.of(2, 1, 1)
          .with(Chance.CLAIM, 2)
          .with(Chance.WHOLE, 1)
          .with(Chance.EXPIRY, 1)
          .with(Chance.REJOIN, 1),
      Sizes.of(2, 1, 1)
          .with(Chance.CLAIM, 3)
          .with(Chance.WHOLE, 1)
          .with(Chance.EXPIRY, 1)
          .with(Chance.CRASH, 1)
          .with(Chance.REJOIN, 1)),
  REMOVAL(
      Sizes.of(2, 1, 1).with(Chance.CLAIM, 2).with(Chance.REMOVAL, 1).with(Chance.LOSS, 1),
      Sizes.of(3, 1, 2).with(Chance.CLAIM, 2).with(Chance.REMOVAL, 1).with(Chance.LOSS, 1)),
  READS(
      Sizes.of(2, 1, 2).with(Chance.CLAIM, 1).with(Chance.READ, 1),
      Sizes.of(2, 1, 2).with(Chance.CLAIM, 2).with(Chance.READ, 2).with(Chance.LOSS, 1)),
  TWO_SESSIONS(
      Sizes.of(2, 2, 1).with(Chance.CLAIM, 1).with(Chance.READ, 1).with(Chance.LOSS, 1),
      Sizes.of(2, 2, 1)
          .with(Chance.CLAIM, 2)
          .with(Chance.READ, 1)
          .with(Chance.WHOLE, 1)
          .with(Chance.LOSS, 1)),
  DRAIN(
      Sizes.of(2, 1, 1)
          .with(Chance.CLAIM, 2)
          .with(Chance.WHOLE, 1)
          .with(Chance.DRAIN, 1)
          .with(Chance.LOSS, 1),
      Sizes.of(2, 1, 1)
          .with(Chance.CLAIM, 3)
          .with(Chance.WHOLE, 1)
          .with(Chance.DRAIN, 1)
          .with(Chance.EXPIRY, 1)
          .with(Chance.LOSS, 1)),
  HEADS(
      Sizes.of(2, 2, 1).withHeads().with(Chance.CLAIM, 2),
      Sizes.of(2, 2, 1).withHeads().with(Chance.CLAIM, 3).with(Chance.WHOLE, 1)),
  OUTAGE(
      Sizes.of(2, 1, 1).with(Chance.CLAIM, 1).with(Chance.EXPIRY, 1).with(Chance.OUTAGE, 1),
      Sizes.of(2, 1, 1)
          .with(Chance.CLAIM, 2)
          .with(Chance.WHOLE, 1)
          .with(Chance.EXPIRY, 1)
          .with(Chance.LOSS, 1)
          .with(Chance.OUTAGE, 1)),
  ALL_AT_ONCE(
      Sizes.of(2, 1, 1).with(Chance.CLAIM, 1).with(Chance.EXPIRY, 1).with(Chance.LOSS, 1),
      Sizes.of(2, 1, 1)
          .with(Chance.CLAIM, 2)
          .with(Chance.WHOLE, 1)
          .with(Chance.LOSS, 1)
          .with(Chance.EXPIRY, 1)
          .with(Chance.CRASH, 1)
          .with(Chance.REJOIN, 1)
          .with(Chance.REMOVAL, 1));

  /** For every build. */
  final Sizes sizes;

  /** For whoever has the time. */
  final Sizes large;

  Plan(Sizes sizes, Sizes large) {
    this.sizes = sizes;
    this.large = large;
  }
}
