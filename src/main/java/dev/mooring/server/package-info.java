/**
 * Puts the house together from one immutable configuration, and takes it down again.
 *
 * <p>Not for anything that a part can do itself: this package only chooses, connects, starts and
 * stops.
 *
 * <p>Its methods may be called from any thread; they don't run on event loops.
 */
@NullMarked
package dev.mooring.server;

import org.jspecify.annotations.NullMarked;
