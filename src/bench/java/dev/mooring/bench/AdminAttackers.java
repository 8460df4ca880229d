package dev.mooring.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients of the admin side that are slow, greedy or hostile, and come again when they were put
 * out.
 *
 * <p>A virtual thread each.
 */
final class AdminAttackers implements AutoCloseable {
  private static final int KINDS = 5;
  private static final int PAUSE_MILLIS = 200;
  private static final int TIMEOUT_MILLIS = 5_000;

  private final int port;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong attempts = new AtomicLong();
  private volatile boolean over;

  AdminAttackers(int port, int count) {
    this.port = port;
    for (int i = 0; i < count; i++) {
      int kind = i % KINDS;
      threads.add(Thread.startVirtualThread(() -> attack(kind)));
    }
  }

  /** How often one has tried to connect. */
  long attempts() {
    return attempts.get();
  }

  private void attack(int kind) {
    while (!over) {
      attempts.incrementAndGet();
      try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket.setSoTimeout(TIMEOUT_MILLIS);
        attack(kind, socket);
      } catch (IOException e) {
        // It was put out.
      } catch (InterruptedException e) {
        return;
      }
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void attack(int kind, Socket socket) throws IOException, InterruptedException {
    switch (kind) {
      case 0 -> {
        int read = socket.getInputStream().read(); // Says nothing, until it is put out.
        Wrong.check(read < 0, "an answer to nothing");
      }
      case 1 -> {
        for (byte each : bytes("GET /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nX: xxxxxxxx")) {
          socket.getOutputStream().write(each);
          Thread.sleep(PAUSE_MILLIS);
        }
      }
      case 2 -> {
        socket.getOutputStream().write(bytes("\0\1\2rubbish\r\n".repeat(1_000)));
        socket.getInputStream().readAllBytes();
      }
      case 3 -> {
        for (int i = 0; i < 1_000 && !over; i++) {
          ask(socket);
          socket.getInputStream().read(new byte[1 << 16]);
        }
      }
      default -> {
        for (int i = 0; i < 1_000 && !over; i++) {
          ask(socket); // And doesn't read.
        }
      }
    }
  }

  private static void ask(Socket socket) throws IOException {
    socket
        .getOutputStream()
        .write(bytes("GET /api/v1/sessions?limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() {
    over = true;
    threads.forEach(Thread::interrupt);
  }
}
