/**
 * All of a server that has to do with connections, put together: event loops ({@code loop}), who
 * may come in ({@code admission}), listeners ({@code listen}) with TLS ({@code tls}), and the
 * protocols that are spoken ({@code wire}). The only package that imports {@code io.netty.channel}.
 *
 * <p>Not for wasm, and not for deciding what a message means once it is read: that is the
 * session's.
 *
 * <p>For any thread but an event loop's.
 */
@NullMarked
package dev.mooring.transport;

import org.jspecify.annotations.NullMarked;
