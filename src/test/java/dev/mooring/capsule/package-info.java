/**
 * Tests of {@link dev.mooring.capsule}.
 *
 * <p>On the test's thread, but for what writes.
 */
@NullMarked
package dev.mooring.capsule;

import org.jspecify.annotations.NullMarked;
