/**
 * Modules made byte by byte, good and bad, and what intake says of them.
 *
 * <p>Not for running them: the engine is not asked.
 *
 * <p>On the test's thread.
 */
@NullMarked
package dev.mooring.guest.intake;

import org.jspecify.annotations.NullMarked;
