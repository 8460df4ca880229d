/**
 * Who may come in: how many connections there may be, in all and from one address, how fast they
 * may come, and who was turned away, by reason.
 *
 * <p>Not for who may open a session, which is the session's to ask.
 *
 * <p>One {@link dev.mooring.transport.admission.ConnectionAdmission} is its connection's event
 * loop's; all else here is thread-safe.
 */
@NullMarked
package dev.mooring.transport.admission;

import org.jspecify.annotations.NullMarked;
