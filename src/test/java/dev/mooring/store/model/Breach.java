package dev.mooring.store.model;

/** A rule broken on purpose, in sizes in which that does harm. */
enum Breach {
  NO_OWNERS_ROW("who takes over appends no owner's row", Plan.TAKE_OVER),
  READ_BEFORE_OWNERS_ROW("who takes over reads before its row is in", Plan.TAKE_OVER),
  DISPLACED_NOT_NOTED("an owner's row doesn't say whom it displaced", Plan.TAKE_OVER),
  LET_GO_TOO_EARLY("a node lets go while a batch is under way", Plan.TAKE_OVER),
  LETS_GO_OF_LATER_ROWS("a node lets go of whatever displaced it until then", Plan.GO_AND_COME),
  WHOLE_DELETES_OWNERS_ROWS("a whole state deletes owners' rows too", Plan.TAKE_OVER),
  REMOVAL_DELETES_OWNERS_ROWS("a removal deletes owners' rows too", Plan.REMOVAL),
  REMOVAL_WITHOUT_OWNER("a removal doesn't look who owns the session", Plan.REMOVAL),
  OWNERS_ROWS_OUTLIVE("owners' rows of a removed session stay when let go", Plan.REMOVAL),
  CLAIM_BY_STATEMENTS("a take-over waits for its node between statements", Plan.TAKE_OVER),
  BATCH_WITHOUT_FENCE("a batch doesn't hold its fence", Plan.DEAD_NODE),
  CLAIM_WITHOUT_FENCE("a take-over doesn't hold its own fence", Plan.DEAD_NODE),
  FREED_BEFORE_FENCED("a dead node's sessions are freed before it is fenced", Plan.DEAD_NODE),
  CLEARED_BEFORE_FREED("a dead node is let go for before its sessions are freed", Plan.DEAD_NODE),
  RETRIED_BY_NEW_INCARNATION("a fenced node tries its batch again after it rejoined", Plan.REJOIN),
  DUE_CLAIM_WITHOUT_LOOK("a due session is claimed whoever owns it", Plan.DEAD_NODE),
  LOOK_ENDS_NEW_COPY("a node that is displaced ends what it has since got back", Plan.TAKE_OVER),
  UNKNOWN_IS_FAILED("an unknown outcome is taken for a failure", Plan.LOST_ANSWER),
  UNKNOWN_IS_DONE("an unknown outcome is taken for a success", Plan.LOST_ANSWER),
  READ_BACK_WITHOUT_WAITING("a read-back doesn't wait for the orphan", Plan.LOST_ANSWER),
  LATE_BATCH_RUNS("a batch that begins after its read-back is run all the same", Plan.LOST_ANSWER),
  LATE_REMOVAL_RUNS("a removal that begins after its read-back is run", Plan.REMOVAL),
  LATE_CLAIM_RUNS("a take-over that begins after its read-back is run", Plan.LOST_ANSWER),
  READ_BACK_OF_ITS_ROW_ONLY("a read-back doesn't look for later rows", Plan.LOST_ANSWER),
  CLAIM_FORGOTTEN("an unknown take-over isn't found out about", Plan.LOST_ANSWER),
  READ_WITHOUT_CONFIRM("a read is answered unconfirmed if nothing is to be written", Plan.READS),
  READ_RIDES_ALONG("a read is confirmed by a batch that was under way", Plan.READS),
  CONFIRMED_BY_READ_BACK("a read-back confirms reads", Plan.TWO_SESSIONS),
  REFUSED_AS_WRITTEN("a refused row is taken for written", Plan.TAKE_OVER),
  TWO_BATCHES("two batches of one session are under way", Plan.TAKE_OVER),
  LET_GO_UNWRITTEN("a draining node lets go before everything is written", Plan.DRAIN),
  HEADS_AFTER_RECORDS("a batch takes sessions' rows after their records", Plan.HEADS),
  FENCED_AFTER_OUTAGE("nodes are fenced right after an outage", Plan.OUTAGE);

  final String words;
  final Plan plan;

  Breach(String words, Plan plan) {
    this.words = words;
    this.plan = plan;
  }
}
