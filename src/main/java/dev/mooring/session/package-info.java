/**
 * One connection's session: its states, its queue of calls, its timers, its turns, and every way in
 * which it can end.
 *
 * <p>Not for bytes on a wire (the transport's) nor for how a guest runs (the guest package's): its
 * doors are small interfaces to both.
 *
 * <p>A session belongs to one event loop, and every method of it runs there.
 */
@NullMarked
package dev.mooring.session;

import org.jspecify.annotations.NullMarked;
