/**
 * Connections, whatever their protocol: what a {@link dev.mooring.transport.wire.Wire} is, and what
 * all wires share, which is a client's reading and writing, its back pressure, its timeouts and its
 * end.
 *
 * <p>Not for any protocol's own encoding: each has a package below this one.
 *
 * <p>Everything here runs on the connection's event loop.
 */
@NullMarked
package dev.mooring.transport.wire;

import org.jspecify.annotations.NullMarked;
