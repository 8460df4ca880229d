/**
 * Tests of {@link dev.mooring.guest.machine}, without modules.
 *
 * <p>On the test's thread.
 */
@NullMarked
package dev.mooring.guest.machine;

import org.jspecify.annotations.NullMarked;
