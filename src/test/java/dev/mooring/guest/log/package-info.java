/**
 * Tests of {@link dev.mooring.guest.log}, without modules.
 *
 * <p>On the test's thread.
 */
@NullMarked
package dev.mooring.guest.log;

import org.jspecify.annotations.NullMarked;
