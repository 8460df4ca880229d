/**
 * Ends calls that run past their deadlines, at no cost to those that do not: where a loop says
 * which call it runs, who looks at that, and what generated code asks.
 *
 * <p>Not for how long a call may run: whoever calls says that. One thread of its own looks at all
 * loops.
 */
@NullMarked
package dev.mooring.guest.deadline;

import org.jspecify.annotations.NullMarked;
