/**
 * Keeps sessions in PostgreSQL, or in what speaks its wire, for several servers at once: {@link
 * dev.mooring.store.postgres.PostgresStore}.
 *
 * <p>Each start of a server has a number of its own, its incarnation; a session's owner is one.
 * What keeps two from writing a session at a time is two rows. A session's records are rows with
 * rising numbers, and whoever takes a session over inserts one at the next number: what its old
 * owner inserts then meets that, and is refused. And each batch holds its incarnation's row in
 * {@code mooring_fence} in share, which whoever declares that incarnation dead deletes first.
 * Leases say when that may be; they make nothing safe, and no clock does.
 *
 * <p>Portable SQL only: no advisory locks, no notifications, no functions of its own.
 */
@NullMarked
package dev.mooring.store.postgres;

import org.jspecify.annotations.NullMarked;
