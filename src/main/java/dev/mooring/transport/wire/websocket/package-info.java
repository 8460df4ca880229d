/**
 * The WebSocket door: HTTP's upgrade at one path, then a message of Mooring's own protocol in each
 * binary message, without a length in front.
 *
 * <p>Not for what is in a message, which is read and written as on Mooring's own wire; nor for HTTP
 * of any other kind, which is turned away with a line that says so.
 *
 * <p>Everything here runs on the connection's event loop.
 */
@NullMarked
package dev.mooring.transport.wire.websocket;

import org.jspecify.annotations.NullMarked;
