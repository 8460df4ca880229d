/**
 * Tests of {@link dev.mooring.guest.call}, without modules.
 *
 * <p>On the test's thread.
 */
@NullMarked
package dev.mooring.guest.call;

import org.jspecify.annotations.NullMarked;
