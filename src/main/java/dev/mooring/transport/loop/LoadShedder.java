package dev.mooring.transport.loop;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Ends those of one event loop's connections for which most is held, while more is held for all
 * than may. One that has no more than its even share isn't touched, however much the others have:
 * so many small holders can't be made to pay for a few large ones, and there is always one to end.
 *
 * <p>Event loop only.
 */
final class LoadShedder {
  /** So many are ended in one look, so that it holds up nobody for long. */
  static final int MOST_AT_ONCE = 1_024;

  private final ByteTotal.Share share;
  private final ToLongFunction<SweptConnection> held;
  private final Consumer<SweptConnection> end;
  private boolean wasExceeded;

  /**
   * Of one total.
   *
   * @param held measures what a connection holds of it now
   * @param end ends one that holds too much of it
   */
  LoadShedder(
      ByteTotal.Share share, ToLongFunction<SweptConnection> held, Consumer<SweptConnection> end) {
    this.share = share;
    this.held = held;
    this.end = end;
  }

  /**
   * Looks whether the total is exceeded, and ends some if it was so at the last look, too: what
   * comes and goes between two looks needs nobody's end.
   *
   * @param connections the loop's; the first {@code size} are there
   * @param sessions how many the server has
   */
  void look(@Nullable SweptConnection[] connections, int size, int sessions) {
    share.tell();
    boolean exceeded = share.isTotalExceeded();
    if (exceeded && wasExceeded) {
      List<Holder> large = larger(connections, size, share.evenBytes(sessions));
      share.tell();
      endLargest(large);
    }
    wasExceeded = exceeded;
  }

  private record Holder(SweptConnection connection, long bytes) {}

  private List<Holder> larger(@Nullable SweptConnection[] connections, int size, long bytes) {
    var larger = new ArrayList<Holder>();
    for (int i = 0; i < size; i++) {
      SweptConnection connection = connections[i];
      if (connection != null) {
        long now = held.applyAsLong(connection);
        if (now > bytes) {
          larger.add(new Holder(connection, now));
        }
      }
    }
    larger.sort(Comparator.comparingLong(Holder::bytes).reversed());
    return larger;
  }

  /** What an end sets free is told later, when its channel has gone: hence the sum of our own. */
  private void endLargest(List<Holder> large) {
    long excess = share.excessBytes();
    int ended = 0;
    for (Holder holder : large) {
      if (excess <= 0 || ended == MOST_AT_ONCE) {
        return;
      }
      end.accept(holder.connection());
      excess -= holder.bytes();
      ended++;
    }
  }
}
