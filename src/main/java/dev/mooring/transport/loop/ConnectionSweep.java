package dev.mooring.transport.loop;

import dev.mooring.session.SessionLoop;
import java.util.Arrays;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What one event loop does for its connections every {@link #PERIOD_MILLIS}, instead of a timer for
 * each of them or even for each message: looks which have kept it waiting for too long, ends the
 * largest while too much is held for all, and says how busy it was.
 *
 * <p>One run looks at {@link #LOOKS} connections at most, so with more than that on a loop each is
 * looked at less often; what is counted is time, not looks. And it is the time of a clock that
 * stands while the loop is held up, by a long call say: what clients sent meanwhile lies in their
 * sockets, and none of them has kept anybody waiting.
 *
 * <p>Event loop only.
 */
public final class ConnectionSweep implements Runnable {
  static final int PERIOD_MILLIS = 250;
  public static final int LOOKS = 4_096;

  private static final int FIRST_CAPACITY = 16;
  private static final long PERIOD_NANOS = PERIOD_MILLIS * 1_000_000L;

  private final SessionLoop sessions;
  private final LoopLoad load;
  private final IntSupplier connectionCount;
  private final LoadShedder inbound;
  private final LoadShedder outbound;
  private @Nullable SweptConnection[] connections = new SweptConnection[FIRST_CAPACITY];
  private int size;
  private int next;
  private long ranAtNanos = System.nanoTime();
  private long busyNanos;

  /** How long the loop was held up, all in all. */
  private long heldUpNanos;

  public ConnectionSweep(
      SessionLoop sessions, HeldTotals.Shares held, LoopLoad load, IntSupplier connectionCount) {
    this.sessions = sessions;
    this.load = load;
    this.connectionCount = connectionCount;
    inbound =
        new LoadShedder(
            held.inbound(), SweptConnection::inboundBytes, SweptConnection::endForInbound);
    outbound =
        new LoadShedder(
            held.outbound(), SweptConnection::outboundBytes, SweptConnection::endForOutbound);
  }

  /** The clock by which clients are waited for. */
  public long nanoTime() {
    return System.nanoTime() - heldUpNanos;
  }

  public void add(SweptConnection connection) {
    if (size == connections.length) {
      connections = Arrays.copyOf(connections, 2 * size);
    }
    connection.place = size;
    connections[size++] = connection;
  }

  @SuppressWarnings("ReferenceEquality") // Which connection, not what it is like.
  public void remove(SweptConnection connection) {
    SweptConnection last = connections[--size];
    assert last != null && connections[connection.place] == connection;
    last.place = connection.place;
    connections[connection.place] = last;
    connections[size] = null;
  }

  /** What is held for all clients of this loop. */
  public HeldBytes held() {
    HeldBytes sum = HeldBytes.NONE;
    for (int i = 0; i < size; i++) {
      SweptConnection connection = connections[i];
      if (connection != null) {
        sum = sum.plus(connection.held());
      }
    }
    return sum;
  }

  @Override
  public void run() {
    long now = System.nanoTime();
    long busy = sessions.busyNanos();
    load.ran(now - ranAtNanos, busy - busyNanos);
    long lateNanos = now - ranAtNanos - PERIOD_NANOS;
    if (lateNanos > PERIOD_NANOS) {
      heldUpNanos += lateNanos;
    }
    ranAtNanos = now;
    busyNanos = busy;
    sessions.tick();
    relieve();
    look(now - heldUpNanos);
  }

  void relieve() {
    inbound.look(connections, size, connectionCount.getAsInt());
    outbound.look(connections, size, connectionCount.getAsInt());
  }

  /** Backwards, so that one that ends and is removed makes us miss none. */
  public void look(long nowNanos) {
    int looks = Math.min(size, LOOKS);
    for (int i = 0; i < looks && size > 0; i++) {
      if (next == 0 || next > size) {
        next = size;
      }
      SweptConnection connection = connections[--next];
      if (connection != null) {
        connection.look(nowNanos);
      }
    }
  }
}
