/**
 * Mooring's own protocol on a connection: protobuf messages, each behind its length.
 *
 * <p>Not for what a message means once it is read, which is the session's.
 *
 * <p>Everything here runs on the connection's event loop.
 */
@NullMarked
package dev.mooring.transport.wire.mooring;

import org.jspecify.annotations.NullMarked;
