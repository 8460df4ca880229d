package dev.mooring.transport.wire.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import dev.mooring.proto.health.v1.HealthCheckRequest;
import dev.mooring.proto.health.v1.HealthCheckResponse;
import dev.mooring.proto.health.v1.HealthCheckResponse.ServingStatus;
import dev.mooring.proto.health.v1.HealthListResponse;
import org.jspecify.annotations.Nullable;

/**
 * {@code grpc.health.v1.Health}: the server and its service are serving unless it drains. A server
 * that is full is serving, too: those that it has are served.
 *
 * <p>Any thread; no state.
 */
final class Health {
  private static final String SERVER = "";
  private static final String MOORING = "mooring.v1.Mooring";

  private Health() {}

  static @Nullable MessageLite check(byte[] request, boolean isServing)
      throws InvalidProtocolBufferException {
    return isKnown(request) ? response(isServing) : null;
  }

  static MessageLite watch(byte[] request, boolean isServing)
      throws InvalidProtocolBufferException {
    return isKnown(request)
        ? response(isServing)
        : HealthCheckResponse.newBuilder().setStatus(ServingStatus.SERVICE_UNKNOWN).build();
  }

  static MessageLite list(byte[] request, boolean isServing) {
    // What is asked says nothing.
    return HealthListResponse.newBuilder()
        .putStatuses(SERVER, response(isServing))
        .putStatuses(MOORING, response(isServing))
        .build();
  }

  private static boolean isKnown(byte[] request) throws InvalidProtocolBufferException {
    String service = HealthCheckRequest.parseFrom(request).getService();
    return service.equals(SERVER) || service.equals(MOORING);
  }

  private static HealthCheckResponse response(boolean isServing) {
    return HealthCheckResponse.newBuilder()
        .setStatus(isServing ? ServingStatus.SERVING : ServingStatus.NOT_SERVING)
        .build();
  }
}
