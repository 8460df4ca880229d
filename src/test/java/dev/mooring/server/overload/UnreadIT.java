package dev.mooring.server.overload;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.Cancel;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Ping;
import dev.mooring.server.MooringServer;
import dev.mooring.server.ServerConfig;
import dev.mooring.server.testing.Eventually;
import dev.mooring.server.testing.Guests;
import dev.mooring.server.testing.RawClient;
import dev.mooring.session.SessionLimits;
import dev.mooring.transport.config.TransportConfig;
import dev.mooring.transport.loop.HeldBytes;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A client that writes as fast as it can and never reads costs the server a bounded amount of
 * memory. {@code -Dmooring.unread.seconds=20} for longer than the default.
 */
final class UnreadIT {
  private static final int SECONDS = Integer.getInteger("mooring.unread.seconds", 2);
  private static final int POLL_MILLIS = 20;

  /** What a client is charged for, and what it may hold beside that: a frame each way, a read. */
  private static final long BOUND_BYTES =
      SessionLimits.DEFAULTS.queuedBytes()
          + 2L * TransportConfig.DEFAULTS.writeHighBytes()
          + 2L * 100_000
          + (256 << 10);

  /** The allocator takes and keeps memory in large pieces. */
  private static final long DIRECT_BOUND_BYTES = 2 * BOUND_BYTES + (32L << 20);

  @TempDir Path modules;

  /** What the client writes. */
  enum Flood {
    LARGE_CALLS,
    SMALL_CALLS,
    WRONG_CALLS,
    PINGS,
    CALLS_AND_CANCELS;

    ClientMessage message(long number) {
      return switch (this) {
        case LARGE_CALLS -> call(number, "echo", 100_000);
        case SMALL_CALLS -> call(number, "echo", 1);
        case WRONG_CALLS -> call(number, "x".repeat(10_000), 0);
        case PINGS ->
            ClientMessage.newBuilder().setPing(Ping.newBuilder().setToken(number)).build();
        case CALLS_AND_CANCELS ->
            number % 2 == 0
                ? ClientMessage.newBuilder()
                    .setCancel(Cancel.newBuilder().setId(number - 1))
                    .build()
                : call(number, "echo", 10_000);
      };
    }

    private static ClientMessage call(long id, String function, int inputBytes) {
      return ClientMessage.newBuilder()
          .setCall(
              Call.newBuilder()
                  .setId(id)
                  .setName(function)
                  .setInput(ByteString.copyFrom(new byte[inputBytes])))
          .build();
    }
  }

  private static long directBytes() {
    return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric().usedDirectMemory();
  }

  @ParameterizedTest
  @EnumSource
  void client_thatNeverReads_costsABoundedAmount(Flood flood) throws Exception {
    try (var server =
            MooringServer.start(
                ServerConfig.of(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    Guests.in(modules)));
        var client = new RawClient(server.address())) {
      client.open("echo");
      long directBefore = directBytes();
      var written = new AtomicLong();
      var writing = CompletableFuture.runAsync(() -> write(client, flood, written));
      HeldBytes most = HeldBytes.NONE;
      long mostDirect = 0;
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
      while (System.nanoTime() < end) {
        HeldBytes held = server.held();
        most = held.total() > most.total() ? held : most;
        mostDirect = Math.max(mostDirect, directBytes() - directBefore);
        Thread.sleep(POLL_MILLIS);
      }
      System.out.printf(
          "UnreadIT: %s: %,d bytes written in %d s; the server held at most %,d (%s),"
              + " and %,d of direct memory more%n",
          flood, written.get(), SECONDS, most.total(), most, mostDirect);
      assertTrue(most.total() <= BOUND_BYTES, most + " is more than " + BOUND_BYTES);
      assertTrue(mostDirect <= DIRECT_BOUND_BYTES, mostDirect + " of direct memory");
      client.reset();
      writing.get(20, TimeUnit.SECONDS);
      Eventually.assertEventually(() -> server.held().total() == 0, "nothing is held any more");
    }
  }

  private static void write(RawClient client, Flood flood, AtomicLong written) {
    try {
      for (long number = 1; ; number++) {
        var bytes = new ByteArrayOutputStream();
        flood.message(number).writeDelimitedTo(bytes);
        client.sendBytes(bytes.toByteArray());
        written.addAndGet(bytes.size());
      }
    } catch (UncheckedIOException | IOException e) {
      // The connection is gone.
    }
  }
}
