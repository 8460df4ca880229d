package dev.mooring.server.overload;

import static dev.mooring.server.testing.RawClient.i64;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mooring.proto.v1.CloseReason;
import dev.mooring.proto.v1.ErrorCode;
import dev.mooring.proto.v1.Result;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.RawClient;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.config.ConnectionLimits;
import dev.mooring.transport.config.TransportConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that read slowly or not at all, and clients that keep the server waiting. */
final class FlowControlIT {
  private static final int STALL_MILLIS = 1_500;
  private static final int FRAME_AGE_MILLIS = 1_000;
  private static final int IDLE_MILLIS = 3_000;

  /** How often the server looks whether it was kept waiting. */
  private static final int QUARTER_MILLIS = 250;

  private static final int SMALL_RECEIVE_BYTES = 32 << 10;

  @TempDir static Path modules;

  private static MooringServer server;

  @BeforeAll
  static void start() throws IOException {
    server =
        MooringServer.start(
            ServerConfig.of(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Guests.in(modules))
                // This is about how clients are waited for, not about calls on a busy machine.
                .withSession(SessionLimits.DEFAULTS.withCallTimeouts(10_000, 10_000))
                .withTransport(
                    TransportConfig.DEFAULTS.withLimits(
                        ConnectionLimits.DEFAULTS.withTimes(
                            STALL_MILLIS, FRAME_AGE_MILLIS, IDLE_MILLIS))));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** Sends calls until the server stops reading, or the connection is gone. */
  private static void sendMany(RawClient client, int calls, int inputBytes) {
    try {
      for (int i = 0; i < calls; i++) {
        client.sendCall("echo", payload(i, inputBytes));
      }
    } catch (UncheckedIOException e) {
      // The server has given this client up.
    }
  }

  private static byte[] payload(int call, int bytes) {
    var payload = new byte[bytes];
    new Random(call).nextBytes(payload);
    return payload;
  }

  @Test
  void client_whoseLoopIsHeldUp_isNotTakenForSilent() throws Exception {
    int idleMillis = 2_000;
    int heldUpMillis = 3_000;
    ServerConfig config =
        ServerConfig.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), modules)
            .withSession(SessionLimits.DEFAULTS.withCallTimeouts(heldUpMillis, heldUpMillis))
            .withTransport(
                TransportConfig.DEFAULTS
                    .withEventLoops(1)
                    .withLimits(
                        ConnectionLimits.DEFAULTS.withTimes(
                            STALL_MILLIS, FRAME_AGE_MILLIS, idleMillis)));
    try (var held = MooringServer.start(config);
        var lively = new RawClient(held.address());
        var spinner = new RawClient(held.address())) {
      spinner.open("spin_loop");
      lively.open("counter");
      Thread.sleep(2 * QUARTER_MILLIS); // The server has looked, and heard nothing since then.
      spinner.sendCall("spin", new byte[0]);
      Thread.sleep(QUARTER_MILLIS / 2); // Now it spins.
      assertEquals(1, lively.callI64("add", RawClient.i64(1)));
      assertEquals(ErrorCode.DEADLINE_EXCEEDED, spinner.receive().getError().getCode());
    }
  }

  @Test
  void client_thatSendsAndNeverReads_isEndedWithAReason() throws Exception {
    long before = server.counts().endings("WRITE_STALLED");
    try (var client = new RawClient(server.address(), SMALL_RECEIVE_BYTES)) {
      client.open("echo");
      var sending = CompletableFuture.runAsync(() -> sendMany(client, 10_000, 10_000));
      Eventually.assertEventually(
          () -> server.counts().endings("WRITE_STALLED") == before + 1, "it is given up");
      sending.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void client_thatSendsGarbageAndNeverReads_isGoneToo() throws Exception {
    int before = server.held().total() == 0 ? 0 : 1;
    try (var client = new RawClient(server.address(), SMALL_RECEIVE_BYTES)) {
      client.open("echo");
      var sending =
          CompletableFuture.runAsync(
              () -> {
                sendMany(client, 800, 10_000);
                client.sendBytes(new byte[] {3, 7, 7, 7});
              });
      Eventually.assertEventually(
          () -> sending.isDone() && server.held().total() <= before, "nothing is held for it");
    }
  }

  @Test
  void client_thatReadsSlowly_getsAllInOrder() throws Exception {
    int calls = 1_000;
    int bytes = 10_000;
    try (var client = new RawClient(server.address(), SMALL_RECEIVE_BYTES)) {
      client.open("echo");
      var sending = CompletableFuture.runAsync(() -> sendMany(client, calls, bytes));
      for (int i = 0; i < calls; i++) {
        if (i % 4 == 0) {
          Thread.sleep(15); // In all much longer than a stall may last.
        }
        Result result = client.receive().getResult();
        assertEquals(i + 1, result.getId());
        assertArrayEquals(payload(i, bytes), result.getOutput().toByteArray());
      }
      sending.get(20, TimeUnit.SECONDS);
    }
  }

  /** It reads too much for a stall, and too little for what waits when its session has ended. */
  @Test
  void client_thatReadsItsLastAnswerTooSlowly_isNotWaitedForAnyLonger() throws Exception {
    int bytes = 3_500_000;
    try (var client = new RawClient(server.address(), SMALL_RECEIVE_BYTES)) {
      client.open("echo");
      client.sendCall("echo", new byte[bytes]);
      client.sendClose();
      int read = 0;
      for (int more = 0; more >= 0; more = client.readBytes(20_000)) {
        read += more;
        Thread.sleep(100);
      }
      assertTrue(read > 100_000 && read < bytes, read + " bytes were read");
    }
  }

  @Test
  void client_thatReadsNothingForAWhile_isReadAgain() throws Exception {
    int calls = 800;
    try (var client = new RawClient(server.address(), SMALL_RECEIVE_BYTES)) {
      client.open("echo");
      var sending = CompletableFuture.runAsync(() -> sendMany(client, calls, 10_000));
      Thread.sleep(STALL_MILLIS / 3);
      for (int i = 0; i < calls; i++) {
        assertEquals(i + 1, client.receive().getResult().getId());
      }
      sending.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void frame_thatIsNeverWhole_endsTheConnectionAfterWhatWasAsked() {
    try (var client = new RawClient(server.address())) {
      client.open("counter");
      client.sendCall("add", new byte[0], i64(1));
      client.sendBytes(new byte[] {100, 1, 2, 3});
      assertEquals(1, client.receive().getResult().getValues(0).getI64());
      assertTrue(client.receiveError(ErrorCode.FRAME_TIMEOUT).getRetryable());
      client.assertEnded();
    }
  }

  @Test
  void client_thatSaysNothing_endsWithIdleTimeout() throws Exception {
    try (var client = new RawClient(server.address())) {
      client.open("counter");
      for (int i = 0; i < 4; i++) {
        Thread.sleep(IDLE_MILLIS / 3);
        client.sendPing(i);
        assertEquals(i, client.receive().getPong().getToken());
      }
      assertTrue(client.receiveError(ErrorCode.IDLE_TIMEOUT).getRetryable());
      client.assertEnded();
    }
  }

  @Test
  void client_thatHasEndedItsSide_getsTheAnswers() throws Exception {
    int calls = 500;
    try (var client = new RawClient(server.address(), SMALL_RECEIVE_BYTES)) {
      client.open("echo");
      var sending =
          CompletableFuture.runAsync(
              () -> {
                sendMany(client, calls, 10_000);
                client.shutdownOutput();
              });
      for (int i = 0; i < calls; i++) {
        ServerMessage answer = client.receive();
        assertEquals(i + 1, answer.getResult().getId(), answer::toString);
      }
      assertEquals(CloseReason.CLIENT_CLOSED, client.receive().getClosed().getReason());
      client.assertEnded();
      sending.get(20, TimeUnit.SECONDS);
    }
  }
}
