/**
 * Who may come in: tenants, the tokens and certificates that they are known by, and what each may
 * use.
 *
 * <p>Not for what a stranger may do before it is known who asks, which is the transport's, nor for
 * what a session does about a tenant's limits, which is the session's.
 *
 * <p>Thread-safe: every event loop asks here, and files are read by whoever keeps the house.
 */
@NullMarked
package dev.mooring.access;

import org.jspecify.annotations.NullMarked;
