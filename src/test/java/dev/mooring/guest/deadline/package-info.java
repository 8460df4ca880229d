/**
 * Tests of {@link dev.mooring.guest.deadline}, without modules.
 *
 * <p>On the test's thread.
 */
@NullMarked
package dev.mooring.guest.deadline;

import org.jspecify.annotations.NullMarked;
