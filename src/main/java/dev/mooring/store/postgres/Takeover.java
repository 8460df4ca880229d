package dev.mooring.store.postgres;

import dev.mooring.store.SharedStore.Claimed;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Set;

/**
 * Takes a session over for a node, in a transaction: its row in {@code mooring_session} is locked,
 * an owner's row inserted at the next number, and the node is its owner.
 */
final class Takeover {
  /** What came of it. */
  sealed interface Outcome {
    /** It is the node's. */
    record Taken(Claimed session, long next) implements Outcome {}

    /** There is no such session, or it isn't nobody's any more. */
    record None() implements Outcome {}

    /** Its owner has written meanwhile. */
    record Again() implements Outcome {}

    /** The node was declared dead. */
    record Fenced() implements Outcome {}

    /** Its head can't be read. */
    record Damaged(String why) implements Outcome {}
  }

  @SuppressWarnings("ArrayRecordComponent") // Nobody else's.
  private record Row(long owner, byte[] head, long freedMillis) {
    static Row of(ResultSet row) throws SQLException {
      return new Row(row.getLong(1), row.getBytes(2), row.getLong(3));
    }
  }

  private Takeover() {}

  /**
   * Does it.
   *
   * @param node who takes it
   * @param isOnlyFree whether only if nobody has it
   */
  static Outcome run(Connection connection, String id, long node, boolean isOnlyFree)
      throws SQLException {
    if (!Nodes.isAlive(connection, node, Nodes.FenceLock.SHARE)) {
      return new Outcome.Fenced();
    }
    Row row =
        Rows.first(
            connection,
            Row::of,
            "SELECT owner, head, freed_ms FROM mooring_session WHERE id = ? FOR UPDATE",
            id);
    if (row == null || (isOnlyFree && row.owner() != 0)) {
      return new Outcome.None();
    }
    String problem = StoredHead.problem(id, row.head());
    if (problem != null) {
      return new Outcome.Damaged(problem);
    }
    Long last =
        Rows.first(
            connection,
            numbers -> numbers.getLong(1),
            "SELECT coalesce(max(number), 0) FROM mooring_record WHERE session = ?",
            id);
    long number = (last == null ? 0 : last) + 1;
    boolean displaces =
        row.owner() != 0 && Nodes.isAlive(connection, row.owner(), Nodes.FenceLock.NONE);
    Set<String> inserted =
        Rows.texts(
            connection,
            """
            INSERT INTO mooring_record (session, number, kind, writer, displaced, content)
            VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING session""",
            id,
            number,
            (int) PostgresBatch.OWNER,
            node,
            displaces ? row.owner() : 0L,
            new byte[0]);
    if (inserted.isEmpty()) {
      connection.rollback();
      return new Outcome.Again();
    }
    Rows.update(
        connection, "UPDATE mooring_session SET owner = ?, freed_ms = 0 WHERE id = ?", node, id);
    return new Outcome.Taken(
        new Claimed(id, number, StoredHead.content(row.head()), row.freedMillis()), number + 1);
  }
}
