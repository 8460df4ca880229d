package dev.mooring.transport.wire.grpc;

import static dev.mooring.server.testing.Eventually.assertEventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import dev.mooring.proto.health.v1.HealthCheckRequest;
import dev.mooring.proto.health.v1.HealthCheckResponse;
import dev.mooring.proto.health.v1.HealthCheckResponse.ServingStatus;
import dev.mooring.proto.reflection.v1.ServerReflectionRequest;
import dev.mooring.proto.reflection.v1.ServerReflectionResponse;
import dev.mooring.proto.reflection.v1.ServiceResponse;
import dev.mooring.proto.v1.ClientMessage;
import dev.mooring.proto.v1.ServerMessage;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client of gRPC's own make, as whoever generates code has one. */
final class GrpcJavaIT extends GrpcServerFixture {
  private static final MethodDescriptor<ClientMessage, ServerMessage> SESSION =
      Descriptors.method(
          MethodType.BIDI_STREAMING,
          "mooring.v1.Mooring/Session",
          ClientMessage.parser(),
          ServerMessage.parser());

  private ManagedChannel channel;

  @BeforeEach
  void connect() {
    channel = NettyChannelBuilder.forAddress(server.address()).usePlaintext().build();
  }

  @AfterEach
  void disconnect() throws InterruptedException {
    channel.shutdownNow();
    assertTrue(channel.awaitTermination(10, TimeUnit.SECONDS));
  }

  private JavaSession open(CallOptions options) throws InterruptedException {
    var session = new JavaSession(channel.newCall(SESSION, options));
    session.open();
    assertTrue(session.next().hasOpened());
    return session;
  }

  private JavaSession open() throws InterruptedException {
    return open(CallOptions.DEFAULT);
  }

  @Test
  void calls_pipelined_areAnsweredInOrder_andHalfCloseEndsWell() throws Exception {
    JavaSession session = open();
    for (int id = 1; id <= 100; id++) {
      session.call(id, "add", ByteString.EMPTY, 1);
    }
    session.events(101, 2);
    session.halfClose();
    for (int id = 1; id <= 100; id++) {
      assertEquals(id, session.next().getResult().getValues(0).getI64());
    }
    assertTrue(session.next().hasEvent());
    assertTrue(session.next().hasEvent());
    assertEquals(101, session.next().getResult().getId());
    assertTrue(session.next().hasClosed());
    assertEquals(Status.Code.OK, session.end().getCode());
  }

  @Test
  void error_thatEndsTheSession_isTheStatusToo() throws Exception {
    JavaSession session = open();
    session.open();
    assertTrue(session.next().hasError());
    Status status = session.end();
    assertEquals(Status.Code.FAILED_PRECONDITION, status.getCode());
    assertTrue(String.valueOf(status.getDescription()).startsWith("ALREADY_OPEN: "));
  }

  @Test
  void cancel_endsTheSession() throws Exception {
    JavaSession session = open();
    session.cancel();
    assertEventually(() -> server.sessions() == 0, "its session has ended");
    assertEquals(1, server.counts().endings("DISCONNECTED"));
  }

  @Test
  void deadline_endsTheSession() throws Exception {
    JavaSession session = open(CallOptions.DEFAULT.withDeadlineAfter(2, TimeUnit.SECONDS));
    assertEquals(Status.Code.DEADLINE_EXCEEDED, session.end().getCode());
    assertEventually(() -> server.sessions() == 0, "its session has ended");
  }

  @Test
  void stream_thatIsNotRead_stopsItsGuestAndNotItsNeighbours() throws Exception {
    JavaSession unread = open();
    JavaSession other = open();
    unread.stopReading();
    ByteString input = ByteString.copyFrom(new byte[10_000]);
    for (int id = 1; id <= 500; id++) {
      unread.call(id, "echo", input);
    }
    long[] done = {-1};
    assertEventually(
        () -> {
          long before = done[0];
          done[0] = server.counts().committed();
          LockSupport.parkNanos(100_000_000);
          return done[0] == before && server.held().outbound() > 0;
        },
        "its calls stop");
    assertTrue(server.counts().committed() < 500);
    for (int id = 1; id <= 100; id++) {
      other.call(id, "add", ByteString.EMPTY, 1);
      assertEquals(id, other.next().getResult().getValues(0).getI64());
    }
    unread.readOn();
    for (int id = 1; id <= 500; id++) {
      assertEquals(id, unread.next().getResult().getId());
    }
  }

  @Test
  void drain_tellsAndEndsAsUnavailable() throws Exception {
    JavaSession session = open();
    assertTrue(server.drain("the test is over"));
    assertTrue(session.next().hasGoAway());
    assertTrue(session.next().hasClosed());
    assertEquals(Status.Code.UNAVAILABLE, session.end().getCode());
  }

  private static final MethodDescriptor<HealthCheckRequest, HealthCheckResponse> CHECK =
      Descriptors.method(
          MethodType.UNARY,
          "grpc.health.v1.Health/Check",
          HealthCheckRequest.parser(),
          HealthCheckResponse.parser());

  private static final MethodDescriptor<HealthCheckRequest, HealthCheckResponse> WATCH =
      Descriptors.method(
          MethodType.SERVER_STREAMING,
          "grpc.health.v1.Health/Watch",
          HealthCheckRequest.parser(),
          HealthCheckResponse.parser());

  private static HealthCheckRequest of(String service) {
    return HealthCheckRequest.newBuilder().setService(service).build();
  }

  @Test
  void health_isServing_untilTheServerDrains() throws Exception {
    for (String service : List.of("", "mooring.v1.Mooring")) {
      assertEquals(
          ServingStatus.SERVING,
          ClientCalls.blockingUnaryCall(channel, CHECK, CallOptions.DEFAULT, of(service))
              .getStatus());
    }
    var unknown =
        assertThrows(
            StatusRuntimeException.class,
            () -> ClientCalls.blockingUnaryCall(channel, CHECK, CallOptions.DEFAULT, of("none")));
    assertEquals(Status.Code.NOT_FOUND, unknown.getStatus().getCode());
    Iterator<HealthCheckResponse> watch =
        ClientCalls.blockingServerStreamingCall(channel, WATCH, CallOptions.DEFAULT, of(""));
    assertEquals(ServingStatus.SERVING, watch.next().getStatus());
    assertTrue(server.drain("the test is over"));
    assertEquals(ServingStatus.NOT_SERVING, watch.next().getStatus());
  }

  private ServerReflectionResponse reflect(String version, ServerReflectionRequest request) {
    var method =
        Descriptors.method(
            MethodType.SERVER_STREAMING,
            "grpc.reflection." + version + ".ServerReflection/ServerReflectionInfo",
            ServerReflectionRequest.parser(),
            ServerReflectionResponse.parser());
    return ClientCalls.blockingServerStreamingCall(channel, method, CallOptions.DEFAULT, request)
        .next();
  }

  @Test
  void reflection_ofEitherName_tellsServicesAndFiles() throws Exception {
    for (String version : List.of("v1", "v1alpha")) {
      var services =
          reflect(version, ServerReflectionRequest.newBuilder().setListServices("").build());
      assertEquals(
          List.of(
              "mooring.v1.Mooring",
              "grpc.health.v1.Health",
              "grpc.reflection.v1.ServerReflection",
              "grpc.reflection.v1alpha.ServerReflection"),
          services.getListServicesResponse().getServiceList().stream()
              .map(ServiceResponse::getName)
              .toList());
      var files =
          reflect(
              version,
              ServerReflectionRequest.newBuilder()
                  .setFileContainingSymbol("mooring.v1.Mooring")
                  .build());
      assertEquals(2, files.getFileDescriptorResponse().getFileDescriptorProtoCount());
      assertEquals(
          "mooring/v1/service.proto",
          FileDescriptorProto.parseFrom(files.getFileDescriptorResponse().getFileDescriptorProto(0))
              .getName());
      var none =
          reflect(
              version,
              ServerReflectionRequest.newBuilder().setFileByFilename("none.proto").build());
      assertEquals(5, none.getErrorResponse().getErrorCode());
    }
  }
}
