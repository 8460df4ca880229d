package dev.mooring.bench;

import com.google.protobuf.ByteString;
import dev.mooring.error.ErrorText;
import dev.mooring.proto.v1.Durability;
import dev.mooring.proto.v1.Error;
import dev.mooring.proto.v1.Keep;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.Resume;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A kept session of the counter, without a connection: what its client has to know to go on with
 * it. Immutable.
 *
 * @param id names it at the server
 * @param received the last message that came of it
 * @param sum what its counter has come to
 */
record Kept(String id, ByteString token, long received, long sum) {
  /** The module. */
  static final String GUEST = "counter";

  private static final int SECONDS = 30;
  private static final long TTL_MILLIS = TimeUnit.HOURS.toMillis(12);

  /** Makes one, whose counter has come to {@code sum}, and leaves it. */
  static Kept make(LoadLoop loop, Durability durability, long sum)
      throws IOException, InterruptedException {
    var opening =
        Open.newBuilder().setKeep(Keep.newBuilder().setDurability(durability).setTtlMs(TTL_MILLIS));
    return new Visit(loop, opening, "add", sum).end(sum).kept;
  }

  /** As it is after having been gone on with. */
  record Resumed(Kept kept, double millis) {}

  /**
   * Goes on with it on a new connection, asks its counter, checks what that says, and leaves it.
   *
   * @return how long the first answer took from the moment of connecting
   * @throws IOException if it can't be gone on with
   * @throws Wrong if the counter is another
   */
  Resumed resume(LoadLoop loop) throws IOException, InterruptedException {
    var opening =
        Open.newBuilder().setResume(Resume.newBuilder().setToken(token).setReceived(received));
    return new Visit(loop, opening, "get", 0).end(sum);
  }

  /** One connection with one call. The loop's thread, but for what says otherwise. */
  private static final class Visit extends LoadSession {
    private static final double NANOS_PER_MILLI = 1e6;

    private final Open.Builder opening;
    private final String function;
    private final long amount;
    private final CompletableFuture<Resumed> answered = new CompletableFuture<>();
    private final CompletableFuture<@Nullable Void> closed = new CompletableFuture<>();
    private final long startedNanos = System.nanoTime();

    Visit(LoadLoop loop, Open.Builder opening, String function, long amount) {
      super(GUEST);
      this.opening = opening;
      this.function = function;
      this.amount = amount;
      start(loop);
    }

    /** Waits for the answer and the end of the connection. Another thread. */
    Resumed end(long sum) throws IOException, InterruptedException {
      try {
        Resumed resumed = answered.get(SECONDS, TimeUnit.SECONDS);
        closed.get(SECONDS, TimeUnit.SECONDS);
        Wrong.check(
            resumed.kept.sum == sum,
            "a kept session's counter is " + resumed.kept.sum + " instead of " + sum);
        return resumed;
      } catch (ExecutionException e) {
        throw new IOException(ErrorText.of(e.getCause() == null ? e : e.getCause()), e);
      } catch (TimeoutException e) {
        throw new IOException("a kept session didn't answer within " + SECONDS + " s", e);
      }
    }

    @Override
    Open.Builder open() {
      return opening;
    }

    @Override
    void opened() {
      beginAbove(said().getKept().getCommittedId());
      ByteBuf out = channel().alloc().buffer();
      if (function.equals("add")) {
        writeCall(out, function(function), amount);
      } else {
        writeCall(out, function(function), Unpooled.EMPTY_BUFFER);
      }
      send(out);
    }

    @Override
    void result(long id, ByteBuf body, int at, int length) {
      double millis = (System.nanoTime() - startedNanos) / NANOS_PER_MILLI;
      var kept = new Kept(said().getSessionId(), said().getKept().getToken(), sequence(), value());
      answered.complete(new Resumed(kept, millis));
      close();
    }

    @Override
    void error(Error error) {
      answered.completeExceptionally(new IOException(error.getCode() + ": " + error.getMessage()));
    }

    @Override
    void closed() {
      answered.completeExceptionally(new IOException("the connection was lost"));
      closed.complete(null);
    }
  }
}
