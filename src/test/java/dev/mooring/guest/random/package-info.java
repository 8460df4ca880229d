/**
 * Writes programs at random: modules that are valid, that end whatever they are called with, and
 * that give the same on every engine, to the bit.
 *
 * <p>Not for running them: a test does that, on two engines.
 *
 * <p>Whichever thread asks; what is written depends on the seed alone.
 */
@NullMarked
package dev.mooring.guest.random;

import org.jspecify.annotations.NullMarked;
