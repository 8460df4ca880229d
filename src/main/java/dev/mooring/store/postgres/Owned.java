package dev.mooring.store.postgres;

/**
 * What is remembered of a session that is this node's.
 *
 * @param incarnation as what this node has it: the number of the owner's row that it inserted; 0 if
 *     the session is of its making
 * @param next the number of its next record
 * @param keysHash of the keys by which it is found, as written last; 0 if that isn't known
 */
record Owned(long incarnation, long next, int keysHash) {}
