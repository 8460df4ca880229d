/**
 * Channels: the pipeline, frames, messages, and flow control between a socket and a session. The
 * only package that imports {@code io.netty.channel}.
 *
 * <p>Not for wasm, and not for deciding what a message means once it is read: that is the
 * session's.
 *
 * <p>Everything here runs on the channel's event loop, but for starting and stopping to listen.
 */
@NullMarked
package dev.mooring.transport;

import org.jspecify.annotations.NullMarked;
