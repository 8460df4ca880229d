package dev.mooring.transport.wire.grpc;

/** The methods that are served, as the path of a request has them. */
final class GrpcMethods {
  static final String SESSION = "/mooring.v1.Mooring/Session";

  private GrpcMethods() {}
}
