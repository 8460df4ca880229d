package dev.mooring.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients of the admin side that are slow, greedy or hostile, and come again when they were put
 * out. They would have machines of their own: so they are in a process of their own, which has a
 * processor when nobody else wants it, and holds up neither the server nor the load generator.
 *
 * <p>In that process they are a virtual thread each. It answers each line with {@code ok} and how
 * often one has tried to connect.
 */
final class AdminAttackers implements AutoCloseable {
  private static final int KINDS = 5;
  private static final int PAUSE_MILLIS = 200;
  private static final int TIMEOUT_MILLIS = 5_000;

  private static final List<String> JVM = List.of("-Xmx512m", "-XX:+UseSerialGC");

  private final Peer process;

  private AdminAttackers(Peer process) {
    this.process = process;
  }

  /** Starts so many. */
  static AdminAttackers start(Setting setting, int port, int count) throws IOException {
    return new AdminAttackers(
        Peer.start(
            setting.java(
                JVM, AdminAttackers.class, Integer.toString(port), Integer.toString(count))));
  }

  /** How often one has tried to connect. */
  long attempts() throws InterruptedException {
    Peer.Answer answer = process.ask("attempts");
    Wrong.check(!answer.refused(), "no attackers: " + answer.reason());
    return Long.parseLong(answer.words().getFirst());
  }

  @Override
  public void close() {
    process.close();
  }

  /** Attacks until it is ended. The arguments are the server's port, and how many attack. */
  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[0]);
    int count = Integer.parseInt(args[1]);
    Wrong.check(Scheduling.WHEN_IDLE.apply(), "attackers can't let others go first here");
    var attempts = new AtomicLong();
    for (int i = 0; i < count; i++) {
      int kind = i % KINDS;
      var _ = Thread.startVirtualThread(() -> attack(port, kind, attempts));
    }
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      System.out.println("ok " + attempts);
    }
  }

  private static void attack(int port, int kind, AtomicLong attempts) {
    while (true) {
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

  private static void attack(int kind, Socket socket) throws IOException, InterruptedException {
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
        for (int i = 0; i < 1_000; i++) {
          ask(socket);
          socket.getInputStream().read(new byte[1 << 16]);
        }
      }
      default -> {
        for (int i = 0; i < 1_000; i++) {
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
}
