/**
 * TLS: certificates and keys from files, read again when they change, and what a handshake tells of
 * a client.
 *
 * <p>Not for what is spoken inside.
 *
 * <p>Handshakes are computed on threads of their own; handlers run on their connection's event
 * loop.
 */
@NullMarked
package dev.mooring.transport.tls;

import org.jspecify.annotations.NullMarked;
