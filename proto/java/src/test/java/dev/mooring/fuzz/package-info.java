/**
 * Hunts for inputs that break a promise: runs a target under Jazzer in a process of its own, for
 * seconds in every build and for as long as one likes by hand.
 *
 * <p>Not for what is true of an input: that is the targets', which lie beside what they test and
 * end in {@code FuzzTest}.
 *
 * <p>Test threads only; a run blocks until its process has ended.
 */
@NullMarked
package dev.mooring.fuzz;

import org.jspecify.annotations.NullMarked;
