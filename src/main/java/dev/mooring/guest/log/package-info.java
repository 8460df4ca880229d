/**
 * What guests log: how much all of them may, and how bytes become lines.
 *
 * <p>Not for where a line goes: a {@link dev.mooring.guest.call.GuestEnvironment} takes it. A
 * budget is shared by all loops; lines belong to one.
 */
@NullMarked
package dev.mooring.guest.log;

import org.jspecify.annotations.NullMarked;
