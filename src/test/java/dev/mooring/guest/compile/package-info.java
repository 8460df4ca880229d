/**
 * The engine's classes as they are, and as they might become one day, against what is made of them.
 *
 * <p>On the test's thread.
 */
@NullMarked
package dev.mooring.guest.compile;

import org.jspecify.annotations.NullMarked;
