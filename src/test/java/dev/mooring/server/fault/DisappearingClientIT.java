package dev.mooring.server.fault;

import static dev.mooring.server.testing.RawClient.i64;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mooring.proto.LeakCheck;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.RawClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A client that is killed, wherever it stood, leaves nothing behind. */
@ExtendWith(LeakCheck.class)
final class DisappearingClientIT {
  private static final int CLIENTS = 50;

  @TempDir Path modules;

  /** Where the client stood. */
  enum Moment {
    BEFORE_OPEN,
    WHILE_OPENING,
    WITHIN_FIRST_FRAME,
    IDLE,
    WITHIN_A_CALL,
    WITHIN_A_FRAME,
    WITHIN_A_STREAM,
    WITHOUT_READING_ANSWERS,
    WITH_A_TIMER_SET;

    void reach(RawClient client) {
      switch (this) {
        case BEFORE_OPEN -> {}
        case WHILE_OPENING -> client.send(RawClient.openMessage("wordcount", Map.of()));
        case WITHIN_FIRST_FRAME -> client.sendBytes(new byte[] {20, 1, 2});
        case IDLE -> client.open("counter");
        case WITHIN_A_CALL -> {
          client.open("work");
          client.sendCall("work", new byte[1 << 16]);
        }
        case WITHIN_A_FRAME -> {
          client.open("echo");
          byte[] frame = frame();
          client.sendBytes(Arrays.copyOf(frame, frame.length / 2));
        }
        case WITHIN_A_STREAM -> {
          client.open("wordcount");
          send(client, 200, "feed", 1_000);
        }
        case WITHOUT_READING_ANSWERS -> {
          client.open("echo");
          send(client, 20, "echo", 50_000);
        }
        case WITH_A_TIMER_SET -> client.open("ticker", Map.of("interval_ms", "1"));
      }
    }

    private static void send(RawClient client, int calls, String function, int inputBytes) {
      for (int i = 0; i < calls; i++) {
        client.sendCall(function, new byte[inputBytes]);
      }
    }

    private static byte[] frame() {
      var bytes = new ByteArrayOutputStream();
      try {
        RawClient.callMessage(1, "echo", new byte[100_000]).writeDelimitedTo(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return bytes.toByteArray();
    }
  }

  @ParameterizedTest
  @EnumSource
  void disappear_atAnyMoment_leavesNothing(Moment moment) throws Exception {
    try (var server =
        MooringServer.start(
            ServerConfig.of(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Guests.in(modules)))) {
      for (int i = 0; i < CLIENTS; i++) {
        var client = new RawClient(server.address());
        moment.reach(client);
        if (i % 2 == 0) {
          client.reset();
        } else {
          client.close();
        }
      }
      Eventually.assertEventually(
          () -> server.sessionCount() + server.connectionCount() == 0, "every session is gone");
      assertEquals(0, server.liveSpaces());
      try (var client = new RawClient(server.address())) {
        client.open("counter");
        assertEquals(1, client.callI64("add", i64(1)));
      }
    }
  }
}
