/**
 * The reading and writing of Mooring's own messages that server and client share, beside the
 * messages that protoc generates into {@code dev.mooring.proto.v1}.
 *
 * <p>Not for where a message begins and ends ({@code frame} cuts a connection's bytes), nor for
 * what it means: that is the session's on one side and the client library's on the other.
 *
 * <p>A decoder or encoder belongs to one channel and runs on its event loop.
 */
@NullMarked
package dev.mooring.proto;

import org.jspecify.annotations.NullMarked;
