/**
 * Tests of {@link dev.mooring.guest.memory}, without modules.
 *
 * <p>On the test's thread.
 */
@NullMarked
package dev.mooring.guest.memory;

import org.jspecify.annotations.NullMarked;
