/** Tests of the WebSocket door. */
@NullMarked
package dev.mooring.transport.wire.websocket;

import org.jspecify.annotations.NullMarked;
