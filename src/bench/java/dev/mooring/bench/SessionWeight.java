package dev.mooring.bench;

import dev.mooring.proto.v1.Error;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** How much heap a session keeps alive in a running server: of many, each called once. */
final class SessionWeight {
  private static final String GUEST = "echo";
  private static final int LIMIT_SECONDS = 60;

  /** The first ones have the server load classes and fill caches. */
  private static final int BEFORE = 100;

  private final LoadLoop loop;
  private int unanswered;
  private CompletableFuture<Void> done = new CompletableFuture<>();

  private SessionWeight(LoadLoop loop) {
    this.loop = loop;
  }

  /**
   * Measures.
   *
   * @param door at which they come: streams of one connection if it is gRPC's, else a connection
   *     each
   * @return bytes for each
   */
  static double bytes(ServerProcess server, Door door, int sessions) throws Exception {
    try (var loop = new LoadLoop(server.port(), door);
        var machine = new OtherMachine(server.pids().getFirst())) {
      var weight = new SessionWeight(loop);
      Channel shared = door == Door.GRPC ? loop.connect().sync().channel() : null;
      weight.open(shared, BEFORE);
      long before = machine.usedHeapBytes();
      weight.open(shared, sessions);
      return (double) (machine.usedHeapBytes() - before) / sessions;
    }
  }

  /** Opens so many, calls each, and waits for the answers. */
  private void open(@Nullable Channel shared, int sessions) throws Exception {
    var all = new CompletableFuture<Void>();
    loop.thread()
        .execute(
            () -> {
              done = all;
              unanswered = sessions;
              for (int i = 0; i < sessions; i++) {
                var session = new Called();
                if (shared == null) {
                  session.start(loop);
                } else {
                  session.start(loop, shared);
                }
              }
            });
    all.get(LIMIT_SECONDS, TimeUnit.SECONDS);
  }

  private final class Called extends LoadSession {
    Called() {
      super(GUEST);
    }

    @Override
    void opened() {
      ByteBuf out = channel().alloc().ioBuffer(Payload.BYTES);
      ByteBuf payload = channel().alloc().buffer(Payload.BYTES).writeZero(Payload.BYTES);
      writeCall(out, function(GUEST), payload);
      payload.release();
      send(out);
    }

    @Override
    void result(long id, ByteBuf body, int at, int length) {
      if (--unanswered == 0) {
        done.complete(null);
      }
    }

    @Override
    void error(Error error) {
      done.completeExceptionally(new Wrong("echo: " + error.getCode() + ": " + error.getMessage()));
    }

    @Override
    void closed() {
      done.completeExceptionally(new Wrong("echo: a session ended too soon"));
    }
  }
}
