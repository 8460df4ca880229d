/**
 * The framing that server and client share, beside the messages that protoc generates into {@code
 * dev.mooring.proto.v1}.
 *
 * <p>Not for what a message means: that is the session's on one side and the client library's on
 * the other.
 *
 * <p>A decoder or encoder belongs to one channel and runs on its event loop.
 */
@NullMarked
package dev.mooring.proto;

import org.jspecify.annotations.NullMarked;
