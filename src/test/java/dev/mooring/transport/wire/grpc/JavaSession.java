package dev.mooring.transport.wire.grpc;

import com.google.protobuf.ByteString;
import dev.mooring.proto.v1.Call;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.Open;
import dev.mooring.proto.v1.ServerMessage;
import dev.mooring.proto.v1.Value;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A session by grpc-java, which is asked for one message at a time. */
final class JavaSession {
  private static final int WAIT_SECONDS = 20;

  private final ClientCall<ClientMessage, ServerMessage> call;
  private final LinkedBlockingQueue<ServerMessage> received = new LinkedBlockingQueue<>();
  private final CompletableFuture<Status> end = new CompletableFuture<>();
  private volatile boolean reads = true;

  JavaSession(ClientCall<ClientMessage, ServerMessage> call) {
    this.call = call;
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(ServerMessage message) {
            received.add(message);
            if (reads) {
              call.request(1);
            }
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            end.complete(status);
          }
        },
        new Metadata());
    call.request(1);
  }

  void open() {
    call.sendMessage(
        ClientMessage.newBuilder()
            .setOpen(Open.newBuilder().setProtocolVersion(1).setModule("conformance"))
            .build());
  }

  void call(long id, String function, ByteString input, long... arguments) {
    var message = Call.newBuilder().setId(id).setName(function).setInput(input);
    for (long argument : arguments) {
      message.addArguments(Value.newBuilder().setI64(argument));
    }
    call.sendMessage(ClientMessage.newBuilder().setCall(message).build());
  }

  /** A call that has so many events. */
  void events(long id, int count) {
    var message =
        Call.newBuilder()
            .setId(id)
            .setName("events")
            .addArguments(Value.newBuilder().setI32(count));
    call.sendMessage(ClientMessage.newBuilder().setCall(message).build());
  }

  void halfClose() {
    call.halfClose();
  }

  void cancel() {
    call.cancel("the test's", null);
  }

  void stopReading() {
    reads = false;
  }

  void readOn() {
    reads = true;
    call.request(1);
  }

  ServerMessage next() throws InterruptedException {
    ServerMessage next = received.poll(WAIT_SECONDS, TimeUnit.SECONDS);
    if (next == null) {
      throw new IllegalStateException("nothing came");
    }
    return next;
  }

  Status end() throws Exception {
    return end.get(WAIT_SECONDS, TimeUnit.SECONDS);
  }
}
