package dev.mooring.postgres;

import static dev.mooring.server.testing.Eventually.assertEventually;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.postgres.CutProxy.Direction;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** That the proxy does to connections what it says, and nothing else. */
@Timeout(60)
final class CutProxyTest {
  private static final int SILENCE_MILLIS = 200;
  private static final int PATIENCE_MILLIS = 20_000;

  /** Says its name to whoever connects, and then what it hears. */
  private static final class Echo implements AutoCloseable {
    private final ServerSocket listener =
        new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    private final AtomicInteger heard = new AtomicInteger();
    private final char name;
    private final Thread acceptor;

    private Echo(char name) throws IOException {
      this.name = name;
      acceptor = Thread.startVirtualThread(this::accept);
    }

    private InetSocketAddress address() {
      return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    private void accept() {
      while (!listener.isClosed()) {
        try {
          Socket socket = listener.accept();
          Thread.startVirtualThread(() -> speak(socket));
        } catch (IOException e) {
          // Closed.
        }
      }
    }

    private void speak(Socket socket) {
      try (socket) {
        socket.getOutputStream().write(name);
        byte[] buffer = new byte[1 << 13];
        for (int came; (came = socket.getInputStream().read(buffer)) >= 0; ) {
          heard.addAndGet(came);
          socket.getOutputStream().write(buffer, 0, came);
        }
      } catch (IOException e) {
        // Reset.
      }
    }

    @Override
    public void close() {
      CutProxy.closeListener(listener, acceptor);
    }
  }

  private Echo a;
  private Echo b;
  private CutProxy proxy;

  @BeforeEach
  void start() throws IOException {
    a = new Echo('a');
    b = new Echo('b');
    proxy = new CutProxy(a.address(), b.address());
  }

  @AfterEach
  void stop() {
    proxy.close();
    a.close();
    b.close();
  }

  private Socket connect() throws IOException {
    var socket = new Socket(proxy.address().getAddress(), proxy.address().getPort());
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  private static char read(Socket socket) throws IOException {
    return (char) socket.getInputStream().read();
  }

  private static void assertSilent(Socket socket) throws IOException {
    socket.setSoTimeout(SILENCE_MILLIS);
    assertThrows(SocketTimeoutException.class, () -> socket.getInputStream().read());
    socket.setSoTimeout(PATIENCE_MILLIS);
  }

  private char whoAnswers() throws IOException {
    try (Socket socket = connect()) {
      return read(socket);
    }
  }

  @Test
  void connections_toSeveralTargets_takeTurnsPastOneThatRefuses() throws IOException {
    assertEquals("abab", "" + whoAnswers() + whoAnswers() + whoAnswers() + whoAnswers());
    a.close();
    assertEquals("bbb", "" + whoAnswers() + whoAnswers() + whoAnswers());
  }

  @Test
  void target_changed_takesNewConnectionsAndLeavesOldOnes() throws IOException {
    try (Socket old = connect()) {
      assertEquals('a', read(old));
      proxy.target(b.address());
      assertEquals("bb", "" + whoAnswers() + whoAnswers());
      old.getOutputStream().write('x');
      assertEquals('x', read(old));
    }
  }

  @Test
  void connection_whenAllTargetsRefuse_isReset() throws IOException {
    a.close();
    b.close();
    assertThrows(SocketException.class, this::whoAnswers);
  }

  @Test
  void cut_towardsTheTarget_holdsUntilItHeals() throws Exception {
    try (Socket client = connect()) {
      assertEquals('a', read(client));
      proxy.cut(Direction.TO_TARGET);
      client.getOutputStream().write('x');
      assertSilent(client);
      assertEquals(0, a.heard.get());
      proxy.heal();
      assertEquals('x', read(client));
    }
  }

  @Test
  void cut_towardsTheClient_letsTheTargetHear() throws Exception {
    try (Socket client = connect()) {
      assertEquals('a', read(client));
      proxy.cut(Direction.TO_CLIENT);
      client.getOutputStream().write('x');
      assertEventually(() -> a.heard.get() == 1, "the target hears");
      assertSilent(client);
      proxy.heal();
      assertEquals('x', read(client));
    }
  }

  @Test
  void cut_bothWays_letsNobodyInAndTellsNobodyOfAnEnd() throws Exception {
    Socket old = connect();
    assertEquals('a', read(old));
    proxy.cut(Direction.BOTH);
    old.close();
    try (Socket late = connect()) {
      assertSilent(late);
      assertEquals(2, proxy.connections());
      proxy.heal();
      assertEquals('b', read(late));
      assertEventually(() -> proxy.connections() == 1, "the target is told of the end");
    }
  }

  @Test
  void reset_inACut_tellsTheClientAndLosesWhatWasHeld() throws Exception {
    try (Socket client = connect()) {
      assertEquals('a', read(client));
      proxy.cut(Direction.TO_TARGET);
      client.getOutputStream().write('x');
      assertSilent(client);
      proxy.reset();
      assertThrows(SocketException.class, () -> read(client));
      assertEquals(0, proxy.connections());
      proxy.heal();
      assertEquals('b', whoAnswers());
      assertEquals(0, a.heard.get());
    }
  }

  @Test
  void delay_ofEachWay_passesEverythingInOrderAndLater() throws Exception {
    try (Socket client = connect()) {
      assertEquals('a', read(client));
      proxy.delay(150);
      long start = System.nanoTime();
      for (char c = 'p'; c <= 's'; c++) {
        client.getOutputStream().write(c);
        Thread.sleep(1);
      }
      assertEquals("pqrs", "" + read(client) + read(client) + read(client) + read(client));
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      assertTrue(millis >= 300, millis + " ms there and back");
    }
  }

  @Test
  void close_withConnections_resetsThem() throws Exception {
    try (Socket client = connect()) {
      assertEquals('a', read(client));
      proxy.close();
      assertThrows(SocketException.class, () -> read(client));
      assertThrows(SocketException.class, this::connect);
    }
  }

  @Test
  void bytes_manyBothWays_areTheSame() throws Exception {
    byte[] sent = new byte[1 << 20];
    for (int i = 0; i < sent.length; i++) {
      sent[i] = (byte) (i * 31 + (i >> 8));
    }
    proxy.target(a.address());
    try (Socket client = connect()) {
      assertEquals('a', read(client));
      Thread writer =
          Thread.startVirtualThread(
              () -> {
                try {
                  client.getOutputStream().write(sent);
                  client.shutdownOutput();
                } catch (IOException e) {
                  // The reader gets less.
                }
              });
      assertArrayEquals(sent, client.getInputStream().readAllBytes());
      writer.join();
    }
  }
}
