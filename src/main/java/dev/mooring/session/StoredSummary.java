package dev.mooring.session;

import dev.mooring.state.StateException;
import dev.mooring.store.SessionStore;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A stored session, for people who look into a store: nothing secret, neither tokens nor values of
 * the configuration nor what memory holds.
 *
 * @param module the reference that its first client gave
 * @param tenant whose it is; null where nobody was asked
 * @param name under which it is found; empty for none
 * @param expiresMillis when its time without a connection is over, in milliseconds since 1970; 0 if
 *     it was on one when this was written
 * @param endMillis when its life is over, likewise; {@link Long#MAX_VALUE} for never
 * @param dueMillis when the first of its timers is due, likewise
 */
public record StoredSummary(
    String id,
    String module,
    String moduleDigest,
    @Nullable String tenant,
    String name,
    Durability durability,
    long expiresMillis,
    long endMillis,
    long dueMillis) {
  /**
   * What its head says.
   *
   * @throws StateException if it is none
   */
  public static StoredSummary of(byte[] head) throws StateException {
    KeptHead read = KeptFormat.readHead(head);
    return new StoredSummary(
        read.id(),
        read.module(),
        read.moduleDigest(),
        read.tenant(),
        read.name(),
        read.durability(),
        read.expiresMillis(),
        read.endMillis(),
        read.dueMillis());
  }

  /**
   * A head, as a store is given it.
   *
   * @throws StateException if it is none
   */
  public static SessionStore.Head toStore(byte[] head) throws StateException {
    return KeptFormat.readHead(head).toStore();
  }

  /**
   * Its body and what was appended to that, as one body.
   *
   * @throws StateException if it is none
   */
  public static byte[] whole(List<byte[]> parts) throws StateException {
    return KeptFormat.write(KeptFormat.read(parts));
  }

  /**
   * What its body says, and what was appended to that, a line each.
   *
   * @throws StateException if it is none
   */
  public static List<String> details(List<byte[]> parts) throws StateException {
    KeptBody read = KeptFormat.read(parts);
    var lines = new ArrayList<String>();
    if (read.lost() != null) {
      lines.add("lost           " + read.lost().code() + ": " + read.lost().message());
    }
    lines.addAll(
        List.of(
            "committed_id   " + Long.toUnsignedString(read.lastDoneId()),
            "unacknowledged %d messages".formatted(read.messages().count()),
            "memory         %d KiB differ of %d KiB"
                .formatted(read.state().pageCount(), (long) read.state().memoryPages() << 6),
            "timers         " + read.state().timers().size(),
            "configured     "
                + (read.config().isEmpty()
                    ? "nothing"
                    : String.join(" ", new TreeSet<>(read.config().keySet())))));
    return lines;
  }

  /**
   * A head without tokens, so that nobody can go on with the session who only has this.
   *
   * @throws StateException if it is none
   */
  public static byte[] withoutTokens(byte[] head) throws StateException {
    KeptHead read = KeptFormat.readHead(head);
    return KeptFormat.write(
        new KeptHead(
            read.id(),
            read.module(),
            read.moduleDigest(),
            read.imageDigest(),
            read.tenant(),
            read.name(),
            read.durability(),
            List.of(),
            read.ttlMillis(),
            read.endMillis(),
            read.expiresMillis(),
            read.dueMillis()));
  }
}
