package dev.mooring.postgres;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A network between somebody and one server, or a balancer before several: it knows nothing of what
 * goes through it. What befalls it befalls all its connections, those to come as well. Blocking,
 * with four virtual threads for each connection.
 *
 * <p>Its limits: whoever sends into a cut is acknowledged what the proxy holds, and whoever
 * connects into one is let in by the kernel, where a real network would do neither.
 */
public final class CutProxy implements AutoCloseable {
  private static final int BACKLOG = 1_000;
  private static final int CONNECT_MILLIS = 2_000;
  private static final int PIECE_BYTES = 1 << 16;

  /** How many pieces each way of a connection may hold; then nothing more is read. */
  private static final int MAX_HELD_PIECES = 64;

  /** Which way bytes go. */
  public enum Direction {
    TO_TARGET,
    TO_CLIENT,
    BOTH
  }

  /** What came one way: bytes, or that it ended or was reset there. */
  private sealed interface News {
    long cameNanos();

    record Piece(long cameNanos, ByteString bytes) implements News {}

    record End(long cameNanos) implements News {}

    record Reset(long cameNanos) implements News {}
  }

  private final ServerSocket listener;
  private final Thread acceptor;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();

  private List<InetSocketAddress> targets;
  private int nextTarget;
  private boolean cutToTarget;
  private boolean cutToClient;
  private long delayNanos;

  /** Listens on loopback at a free port. */
  public CutProxy(InetSocketAddress... targets) {
    this.targets = List.of(targets);
    try {
      listener = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    acceptor = Thread.startVirtualThread(this::accept);
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
  }

  /**
   * Where connections go from now on; those that are there stay where they are. With several they
   * take turns, and a target that refuses one is passed over; if all do, or there is none, the
   * client is reset.
   */
  public synchronized void target(InetSocketAddress... changed) {
    targets = List.of(changed);
    nextTarget = 0;
  }

  /**
   * Nothing arrives that way any more, no bytes and no end, and nobody is told; nor do new
   * connections come about. What was sent is held: after {@link #heal} it arrives, as if it had
   * been sent again; after {@link #reset} it is lost.
   */
  public synchronized void cut(Direction direction) {
    cutToTarget |= direction != Direction.TO_CLIENT;
    cutToClient |= direction != Direction.TO_TARGET;
  }

  /** Each way, everything arrives so much later than it would. */
  public synchronized void delay(long millis) {
    delayNanos = TimeUnit.MILLISECONDS.toNanos(millis);
    notifyAll();
  }

  /** No cut any more, and no delay. */
  public synchronized void heal() {
    cutToTarget = false;
    cutToClient = false;
    delay(0);
  }

  /** Resets all connections that are there, on both sides, whatever is cut. */
  public void reset() {
    links.forEach(Link::reset);
  }

  /** How many connections are there. */
  public int connections() {
    return links.size();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        var link = new Link(listener.accept());
        links.add(link);
        Thread.startVirtualThread(link::run);
        if (listener.isClosed()) {
          link.reset();
        }
      } catch (IOException e) {
        // Closed, or a connection that is gone already.
      }
    }
  }

  /** Waits until what came then may arrive; false if its link is gone before. */
  private synchronized boolean awaitPassage(Link link, Direction direction, long cameNanos)
      throws InterruptedException {
    while (!link.closed) {
      long nanos = cameNanos + delayNanos - System.nanoTime();
      if (isCut(direction)) {
        wait();
      } else if (nanos > 0) {
        // One millisecond more rather than none, which would be for ever.
        wait(TimeUnit.NANOSECONDS.toMillis(nanos) + 1);
      } else {
        return true;
      }
    }
    return false;
  }

  private boolean isCut(Direction direction) {
    return switch (direction) {
      case TO_TARGET -> cutToTarget;
      case TO_CLIENT -> cutToClient;
      case BOTH -> cutToTarget || cutToClient;
    };
  }

  /** The targets in the order in which the next connection tries them. */
  private synchronized List<InetSocketAddress> takeTurn() {
    var order = new InetSocketAddress[targets.size()];
    for (int i = 0; i < order.length; i++) {
      order[i] = targets.get((nextTarget + i) % order.length);
    }
    nextTarget = order.length == 0 ? 0 : (nextTarget + 1) % order.length;
    return Arrays.asList(order);
  }

  private synchronized void wakeAll() {
    notifyAll();
  }

  /** A connection through the proxy. */
  private final class Link {
    private final Socket client;
    private volatile @Nullable Socket target;
    private volatile boolean closed;
    private int endedWays;

    private Link(Socket client) {
      this.client = client;
    }

    private void run() {
      try {
        if (!awaitPassage(this, Direction.BOTH, System.nanoTime())) {
          return;
        }
        Socket connected = connect();
        target = connected;
        if (connected == null || closed) {
          reset();
          return;
        }
        client.setTcpNoDelay(true);
        connected.setTcpNoDelay(true);
        new Way(this, Direction.TO_TARGET, client, connected).start();
        new Way(this, Direction.TO_CLIENT, connected, client).start();
      } catch (IOException e) {
        reset();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private @Nullable Socket connect() {
      for (InetSocketAddress address : takeTurn()) {
        var socket = new Socket();
        try {
          socket.connect(address, CONNECT_MILLIS);
          return socket;
        } catch (IOException e) {
          resetSocket(socket);
        }
      }
      return null;
    }

    private synchronized boolean isLastToEnd() {
      return ++endedWays == 2;
    }

    private synchronized boolean hasEndedWay() {
      return endedWays > 0;
    }

    private void reset() {
      forget();
      resetSocket(client);
      resetSocket(target);
    }

    private void close() {
      forget();
      closeSocket(client);
      closeSocket(target);
    }

    private void forget() {
      closed = true;
      links.remove(this);
      wakeAll();
    }
  }

  /** One way of a connection: a thread takes what comes, another brings it on in time. */
  private final class Way {
    private final Link link;
    private final Direction direction;
    private final Socket from;
    private final Socket to;
    private final BlockingQueue<News> held = new LinkedBlockingQueue<>(MAX_HELD_PIECES);

    private Way(Link link, Direction direction, Socket from, Socket to) {
      this.link = link;
      this.direction = direction;
      this.from = from;
      this.to = to;
    }

    private void start() {
      Thread.startVirtualThread(this::take);
      Thread.startVirtualThread(this::bring);
    }

    private void take() {
      try {
        boolean goesOn = true;
        while (goesOn) {
          News news = next();
          goesOn = news instanceof News.Piece;
          // A link that is closed has nobody who would make room.
          while (!held.offer(news, CONNECT_MILLIS, TimeUnit.MILLISECONDS) && !link.closed) {}
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private News next() {
      var buffer = new byte[PIECE_BYTES];
      try {
        InputStream in = from.getInputStream();
        int came = in.read(buffer);
        long now = System.nanoTime();
        return came < 0
            ? new News.End(now)
            : new News.Piece(now, ByteString.copyFrom(buffer, 0, came));
      } catch (IOException e) {
        return new News.Reset(System.nanoTime());
      }
    }

    private void bring() {
      try {
        boolean arrives = true;
        while (true) {
          News news = held.take();
          if (!awaitPassage(link, direction, news.cameNanos())) {
            return;
          }
          switch (news) {
            case News.Piece piece -> {
              arrives = arrives && write(piece.bytes);
              if (!arrives && link.hasEndedWay()) {
                link.reset();
                return;
              }
            }
            case News.End _ -> {
              end();
              return;
            }
            case News.Reset _ -> {
              link.reset();
              return;
            }
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /** False if nobody is there any more. If the other way hasn't told of it yet, it will. */
    private boolean write(ByteString bytes) {
      try {
        bytes.writeTo(to.getOutputStream());
        return true;
      } catch (IOException e) {
        return false;
      }
    }

    private void end() {
      try {
        to.shutdownOutput();
      } catch (IOException e) {
        // Nobody is there any more.
      }
      if (link.isLastToEnd()) {
        link.close();
      }
    }
  }

  private static void resetSocket(@Nullable Socket socket) {
    if (socket != null) {
      try {
        socket.setSoLinger(true, 0);
      } catch (IOException e) {
        // It is gone already.
      }
      closeSocket(socket);
    }
  }

  private static void closeSocket(@Nullable Socket socket) {
    if (socket != null) {
      try {
        socket.close();
      } catch (IOException e) {
        // It is gone already.
      }
    }
  }

  /** Resets what is there; nobody gets in any more. */
  @Override
  public void close() {
    closeListener(listener, acceptor);
    reset();
  }

  /** Returns when it takes no connection any more: it does while its thread is still in it. */
  static void closeListener(ServerSocket listener, Thread acceptor) {
    try {
      listener.close();
      acceptor.join();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
