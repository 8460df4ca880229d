package dev.mooring.store.postgres;

import static java.util.Objects.requireNonNull;

import dev.mooring.store.SharedStore.Claimed;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Takes sessions over for a node, in a transaction: their rows in {@code mooring_session} are
 * locked, an owner's row of each is inserted at its next number, and the node is their owner.
 */
final class Takeover {
  /** What came of it for one. */
  sealed interface Outcome {
    /** It is the node's. */
    record Taken(Claimed session, long next) implements Outcome {}

    /** There is no such session, or it isn't nobody's any more. */
    record None() implements Outcome {}

    /** Its owner has written meanwhile. */
    record Again() implements Outcome {}

    /** Its head can't be read. */
    record Damaged(String why) implements Outcome {}
  }

  @SuppressWarnings("ArrayRecordComponent") // Nobody else's.
  private record Row(String id, long owner, byte[] head, long freedMillis) {
    static Row of(ResultSet row) throws SQLException {
      return new Row(row.getString(1), row.getLong(2), row.getBytes(3), row.getLong(4));
    }
  }

  /** The number of a session's next record. */
  private record Next(String id, long number) {}

  private Takeover() {}

  /**
   * Does it. Rows are locked and inserted in the order of their sessions' ids, as by batches, so
   * that nobody waits for each other.
   *
   * @param node who takes them
   * @param isOnlyFree whether only those that nobody has
   * @return what came of each; null if the node was declared dead
   */
  static @Nullable Map<String, Outcome> run(
      Connection connection, Collection<String> ids, long node, boolean isOnlyFree)
      throws SQLException {
    if (!Nodes.isAlive(connection, node, Nodes.FenceLock.SHARE)) {
      return null;
    }
    var outcomes = new HashMap<String, Outcome>();
    ids.forEach(id -> outcomes.put(id, new Outcome.None()));
    var taken = new ArrayList<Row>();
    for (Row row : lock(connection, ids)) {
      if (isOnlyFree && row.owner != 0) {
        continue;
      }
      String problem = StoredHead.problem(row.id, row.head);
      if (problem != null) {
        outcomes.put(row.id, new Outcome.Damaged(problem));
      } else {
        taken.add(row);
      }
    }
    if (!taken.isEmpty()) {
      take(connection, taken, node, outcomes);
    }
    return outcomes;
  }

  private static List<Row> lock(Connection connection, Collection<String> ids) throws SQLException {
    return Rows.all(
        connection,
        Row::of,
        """
        SELECT id, owner, head, freed_ms FROM mooring_session
        WHERE id = ANY(?) ORDER BY id FOR UPDATE""",
        (Object) ids.toArray(String[]::new));
  }

  private static void take(
      Connection connection, List<Row> rows, long node, Map<String, Outcome> outcomes)
      throws SQLException {
    String[] ids = rows.stream().map(Row::id).toArray(String[]::new);
    Map<String, Long> numbers =
        Rows.all(
                connection,
                row -> new Next(row.getString(1), row.getLong(2)),
                """
                SELECT n.id, coalesce(max(r.number), 0) + 1
                FROM unnest(?) AS n (id) LEFT JOIN mooring_record r ON r.session = n.id
                GROUP BY n.id""",
                (Object) ids)
            .stream()
            .collect(Collectors.toMap(Next::id, Next::number));
    var living =
        new HashSet<>(
            Rows.all(
                connection,
                row -> row.getLong(1),
                "SELECT incarnation FROM mooring_fence WHERE incarnation = ANY(?)",
                (Object) rows.stream().map(Row::owner).distinct().toArray(Long[]::new)));
    Set<String> inserted =
        Rows.texts(
            connection,
            """
            INSERT INTO mooring_record (session, number, kind, writer, displaced, content)
            SELECT n.session, n.number, ?, ?, n.displaced, ?
            FROM unnest(?, ?, ?) AS n (session, number, displaced) ORDER BY n.session
            ON CONFLICT DO NOTHING RETURNING session""",
            (int) PostgresBatch.OWNER,
            node,
            new byte[0],
            ids,
            rows.stream().map(row -> numbers.get(row.id)).toArray(Long[]::new),
            rows.stream()
                .map(row -> living.contains(row.owner) ? row.owner : 0L)
                .toArray(Long[]::new));
    Rows.update(
        connection,
        "UPDATE mooring_session SET owner = ?, freed_ms = 0 WHERE id = ANY(?)",
        node,
        inserted.toArray(String[]::new));
    for (Row row : rows) {
      long number = requireNonNull(numbers.get(row.id));
      outcomes.put(
          row.id,
          inserted.contains(row.id)
              ? new Outcome.Taken(
                  new Claimed(row.id, number, StoredHead.content(row.head), row.freedMillis),
                  number + 1)
              : new Outcome.Again());
    }
  }
}
