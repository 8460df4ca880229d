package dev.mooring.transport.wire.grpc;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;

/** What the headers of a stream ask for. */
sealed interface GrpcRequest {
  AsciiString CONTENT_TYPE = AsciiString.cached("content-type");
  AsciiString TE = AsciiString.cached("te");
  AsciiString TIMEOUT = AsciiString.cached("grpc-timeout");
  AsciiString ENCODING = AsciiString.cached("grpc-encoding");
  AsciiString ACCEPT_ENCODING = AsciiString.cached("grpc-accept-encoding");
  AsciiString IDENTITY = AsciiString.cached("identity");

  /** The type of a request that is gRPC's. */
  String GRPC = "application/grpc";

  /** How it may go on, as messages are protobuf in any case. */
  String PROTO = "+proto";

  /**
   * A call.
   *
   * @param path which method's
   * @param timeoutNanos how long it may take; {@link GrpcTimeout#NONE} if it doesn't say
   */
  record Call(String path, long timeoutNanos) implements GrpcRequest {}

  /** A call that can't be, as gRPC tells it. */
  record Refused(GrpcStatus status, String message) implements GrpcRequest {}

  /** No call of gRPC's at all, as HTTP tells it. */
  record NotGrpc(HttpResponseStatus status) implements GrpcRequest {}

  /** Reads a stream's first headers. */
  static GrpcRequest of(Http2Headers headers) {
    if (!isGrpc(text(headers, CONTENT_TYPE))) {
      return new NotGrpc(HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE);
    }
    if (!"POST".equals(String.valueOf(headers.method()))) {
      return new NotGrpc(HttpResponseStatus.METHOD_NOT_ALLOWED);
    }
    if (!text(headers, TE).equals("trailers")) {
      return new Refused(
          GrpcStatus.INTERNAL, "te isn't trailers; what is between may not pass them on");
    }
    String encoding = text(headers, ENCODING);
    if (!encoding.isEmpty() && !IDENTITY.contentEquals(encoding)) {
      return new Refused(
          GrpcStatus.UNIMPLEMENTED, "messages come in no grpc-encoding but identity");
    }
    String timeout = text(headers, TIMEOUT);
    long nanos = timeout.isEmpty() ? GrpcTimeout.NONE : GrpcTimeout.nanos(timeout);
    if (nanos == GrpcTimeout.MALFORMED) {
      return new Refused(
          GrpcStatus.INTERNAL, "grpc-timeout isn't up to eight digits and one of HMSmun");
    }
    return new Call(String.valueOf(headers.path()), nanos);
  }

  private static boolean isGrpc(String contentType) {
    String rest = contentType.startsWith(GRPC) ? contentType.substring(GRPC.length()) : "+none";
    String parameters = rest.startsWith(PROTO) ? rest.substring(PROTO.length()) : rest;
    return parameters.isEmpty() || parameters.startsWith(";");
  }

  private static String text(Http2Headers headers, CharSequence name) {
    CharSequence value = headers.get(name);
    return value == null ? "" : value.toString();
  }
}
