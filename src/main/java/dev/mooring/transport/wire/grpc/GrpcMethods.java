package dev.mooring.transport.wire.grpc;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import dev.mooring.proto.health.v1.HealthProto;
import dev.mooring.proto.reflection.v1.ReflectionProto;
import dev.mooring.proto.v1.ServiceProto;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The methods that are served, by the path that a request has. But for {@link #SESSION} each is a
 * small one, by which gRPC's tools and balancers know us.
 *
 * <p>Any thread.
 */
final class GrpcMethods {
  static final String SESSION = "/mooring.v1.Mooring/Session";

  /** Their services, and with them all of their messages. */
  static final List<FileDescriptor> FILES =
      List.of(
          ServiceProto.getDescriptor(),
          HealthProto.getDescriptor(),
          ReflectionProto.getDescriptor(),
          Reflection.alpha(ReflectionProto.getDescriptor()));

  private static final Map<String, Method> SMALL =
      Map.of(
          "/grpc.health.v1.Health/Check",
          new Method(Shape.ONE_ANSWER, Health::check),
          "/grpc.health.v1.Health/List",
          new Method(Shape.ONE_ANSWER, Health::list),
          "/grpc.health.v1.Health/Watch",
          new Method(Shape.WATCH, Health::watch),
          "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
          new Method(Shape.ANSWER_EACH, Reflection::answer),
          "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
          new Method(Shape.ANSWER_EACH, Reflection::answer));

  private GrpcMethods() {}

  /** How many messages go each way. */
  enum Shape {
    ONE_ANSWER,
    /** An answer, and another when it changes. */
    WATCH,
    ANSWER_EACH
  }

  /** A method whose messages are few and small. */
  record Method(Shape shape, Answers answers) {}

  /** Makes an answer of a request. */
  @FunctionalInterface
  interface Answers {
    /**
     * An answer.
     *
     * @param isServing whether sessions may begin
     * @return null if what is asked about isn't there
     */
    @Nullable MessageLite to(byte[] request, boolean isServing)
        throws InvalidProtocolBufferException;
  }

  /** The small method of a path; null if there is none. */
  static @Nullable Method small(String path) {
    return SMALL.get(path);
  }

  /** The names of all services. */
  static List<String> services() {
    return FILES.stream()
        .flatMap(file -> file.getServices().stream())
        .map(ServiceDescriptor::getFullName)
        .toList();
  }
}
