/**
 * Mooring's messages as gRPC has them: HTTP/2, on which each stream is a connection of its own.
 *
 * <p>Not for HTTP/2 as such, which is Netty's, nor for any service but {@code mooring.v1.Mooring}
 * and what gRPC's tools and balancers ask every server for. What a message says is Mooring's own
 * protocol's, and what it means the session's.
 *
 * <p>Everything here runs on the connection's event loop.
 */
@NullMarked
package dev.mooring.transport.wire.grpc;

import org.jspecify.annotations.NullMarked;
