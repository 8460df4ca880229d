package dev.mooring.server.fault;

import static dev.mooring.server.testing.Eventually.PATIENCE_SECONDS;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.mooring.client.OpenOptions;
import dev.mooring.server.testing.Eventually;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Stands between clients and a server and does to them what networks do: delays, splits and
 * throttles what they say, and cuts, ends or resets their connections when it is told to. It
 * changes no byte and no order. Blocking, two virtual threads for each connection.
 */
final class FaultProxy implements AutoCloseable {
  /** Of clients behind it: they notice soon that nothing comes any more. */
  static final OpenOptions.Timeouts TIMEOUTS =
      OpenOptions.Timeouts.DEFAULTS
          .withOpen(Duration.ofSeconds(3))
          .withSilence(Duration.ofMillis(300));

  private static final int BUFFER_BYTES = 1 << 16;
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /** The two ways of a connection. */
  enum Way {
    TO_SERVER,
    TO_CLIENT
  }

  /** What may befall one way of a connection, or both. */
  enum Fault {
    /** Nothing comes any more, and nobody is told: a cable is pulled. */
    CUT,
    /** The way ends, as if its sender had ended it there. */
    HALF_CLOSE,
    /** Whoever is at the end of the way is reset. Nothing goes the other way any more, either. */
    RESET
  }

  /**
   * How fast bytes go.
   *
   * @param maxDelayMillis how long what came may be kept, at most; how long is left to chance
   * @param maxPieceBytes how much goes on in one piece, at most; how much is left to chance
   * @param bytesPerSecond how much goes on in a second; 0: as much as comes
   */
  record Pace(int maxDelayMillis, int maxPieceBytes, int bytesPerSecond) {
    /** As they come. */
    static final Pace AT_ONCE = new Pace(0, Integer.MAX_VALUE, 0);

    private int piece(Random random, int there) {
      return maxPieceBytes >= there ? there : 1 + random.nextInt(maxPieceBytes);
    }
  }

  /** A connection through the proxy. */
  final class Link {
    private final Stream toServer;
    private final Stream toClient;

    private Link(Socket client, Socket server, Random random) {
      toServer = new Stream(client, server, new Random(random.nextLong()));
      toClient = new Stream(server, client, new Random(random.nextLong()));
    }

    private Stream stream(Way way) {
      return way == Way.TO_SERVER ? toServer : toClient;
    }

    /** From now on only so many bytes go that way, until it is released. */
    void hold(Way way, long afterBytes) {
      stream(way).mayPass(afterBytes);
    }

    /**
     * From now on only so many bytes go that way, until it is released.
     *
     * @param whenHeld what is to happen as soon as there is one more, before anything else goes
     *     that way; may take its time
     */
    void hold(Way way, long afterBytes, Runnable whenHeld) {
      stream(way).whenHeld(whenHeld);
      hold(way, afterBytes);
    }

    /** Waits until there is a byte that may not go that way. */
    void awaitHeld(Way way) throws InterruptedException {
      stream(way).awaitHeld();
    }

    /** Waits until a byte has gone that way. */
    void awaitPassed(Way way) throws InterruptedException {
      stream(way).awaitPassed();
    }

    /** What was held goes on, unless a fault has struck that way. */
    void release(Way way) {
      stream(way).mayPass(Long.MAX_VALUE);
    }

    /** Lets a fault befall one way or both, now; for ever. What was held is lost. */
    void strike(Fault fault, Set<Way> ways) throws IOException {
      if (fault == Fault.RESET) {
        toServer.stop();
        toClient.stop();
      }
      for (Way way : ways) {
        Stream stream = stream(way);
        stream.stop();
        switch (fault) {
          case CUT -> {}
          case HALF_CLOSE -> stream.to.shutdownOutput();
          case RESET -> reset(stream.to);
        }
      }
    }
  }

  /** One way of a connection. */
  private final class Stream {
    private final Socket from;
    private final Socket to;
    private final Random random;
    private long mayPass = Long.MAX_VALUE;
    private boolean held;
    private boolean passed;
    private boolean stopped;
    private @Nullable Runnable whenHeld;

    private Stream(Socket from, Socket to, Random random) {
      this.from = from;
      this.to = to;
      this.random = random;
    }

    private synchronized void mayPass(long bytes) {
      mayPass = bytes;
      notifyAll();
    }

    private synchronized void whenHeld(Runnable action) {
      whenHeld = action;
    }

    private synchronized void stop() {
      stopped = true;
      notifyAll();
    }

    private synchronized boolean isStopped() {
      return stopped;
    }

    private void awaitHeld() throws InterruptedException {
      Eventually.assertEventually(this::isHeld, "something is held");
    }

    private synchronized boolean isHeld() {
      return held;
    }

    private void awaitPassed() throws InterruptedException {
      Eventually.assertEventually(this::hasPassed, "something has passed");
    }

    private synchronized boolean hasPassed() {
      return passed;
    }

    private synchronized void passed() {
      passed = true;
    }

    /** How much of what has come may go on now: at least one byte, or none ever again. */
    private int take(int bytes) throws InterruptedException {
      int taken = takeOrHold(bytes);
      while (taken < 0) {
        Runnable action = takeWhenHeld();
        if (action != null) {
          action.run();
        }
        taken = takeOrHold(bytes);
      }
      return taken;
    }

    /** Less than 0 if something is to be done about what is held. */
    private synchronized int takeOrHold(int bytes) throws InterruptedException {
      while (mayPass == 0 && !stopped) {
        held = true;
        if (whenHeld != null) {
          return -1;
        }
        wait();
      }
      held = false;
      if (stopped) {
        return 0;
      }
      int taken = (int) Math.min(bytes, mayPass);
      mayPass -= mayPass == Long.MAX_VALUE ? 0 : taken;
      return taken;
    }

    private synchronized @Nullable Runnable takeWhenHeld() {
      Runnable action = whenHeld;
      whenHeld = null;
      return action;
    }

    private void run() {
      var buffer = new byte[BUFFER_BYTES];
      try {
        while (true) {
          int came = read(buffer);
          if (came < 0) {
            break;
          }
          if (pace.maxDelayMillis > 0) {
            Thread.sleep(random.nextInt(pace.maxDelayMillis + 1));
          }
          if (!write(buffer, came)) {
            return;
          }
        }
        if (!isStopped()) {
          to.shutdownOutput();
        }
      } catch (IOException e) {
        // It is gone where this goes to; if nothing is in its way, the other way will tell.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    /** Less than 0 at the end. A reset goes on to the other side, as the end does. */
    private int read(byte[] buffer) throws IOException {
      try {
        InputStream in = from.getInputStream();
        return in.read(buffer);
      } catch (IOException e) {
        if (!isStopped()) {
          reset(to);
        }
        throw e;
      }
    }

    /** Whether all of it could go. */
    private boolean write(byte[] buffer, int length) throws IOException, InterruptedException {
      for (int at = 0; at < length; ) {
        int piece = take(pace.piece(random, length - at));
        if (piece == 0) {
          return false;
        }
        to.getOutputStream().write(buffer, at, piece);
        passed();
        at += piece;
        if (pace.bytesPerSecond > 0) {
          TimeUnit.NANOSECONDS.sleep(piece * NANOS_PER_SECOND / pace.bytesPerSecond);
        }
      }
      return true;
    }
  }

  private final ServerSocket listener;
  private final InetSocketAddress server;
  private final Random random;
  private final Pace pace;
  private final Consumer<Link> whenConnected;
  private final BlockingQueue<Link> links = new LinkedBlockingQueue<>();
  private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();

  FaultProxy(SocketAddress server, long seed, Pace pace) {
    this(server, seed, pace, link -> {});
  }

  /**
   * Listens.
   *
   * @param seed decides what is left to chance
   * @param whenConnected is told of each connection before a byte goes through it
   */
  FaultProxy(SocketAddress server, long seed, Pace pace, Consumer<Link> whenConnected) {
    this.server = (InetSocketAddress) server;
    this.random = new Random(seed);
    this.pace = pace;
    this.whenConnected = whenConnected;
    try {
      listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.startVirtualThread(this::accept);
  }

  SocketAddress address() {
    return listener.getLocalSocketAddress();
  }

  /** The next connection, which may be yet to come. */
  Link nextLink() throws InterruptedException {
    Link link = links.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertNotNull(link, "nobody connected");
    return link;
  }

  /** Another connection that is there, or was; null if there is none. */
  @Nullable Link linkThere() {
    return links.poll();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        sockets.add(client);
        var upstream = new Socket(server.getAddress(), server.getPort());
        sockets.add(upstream);
        client.setTcpNoDelay(true);
        upstream.setTcpNoDelay(true);
        var link = new Link(client, upstream, random);
        whenConnected.accept(link);
        links.add(link);
        Thread.startVirtualThread(link.toServer::run);
        Thread.startVirtualThread(link.toClient::run);
      } catch (IOException e) {
        // Closed, or a connection that is gone already.
      }
    }
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // It is gone already.
    }
  }

  /** Ends every connection, also those that a fault left standing. */
  @Override
  public void close() {
    try {
      listener.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
