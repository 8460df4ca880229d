/**
 * Which release of Mooring this is. It knows nothing of all the rest, which may ask it on any
 * thread.
 */
@NullMarked
package dev.mooring.release;

import org.jspecify.annotations.NullMarked;
