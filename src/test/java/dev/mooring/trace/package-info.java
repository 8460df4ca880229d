/** Traces of calls, as a collector gets them. */
@NullMarked
package dev.mooring.trace;

import org.jspecify.annotations.NullMarked;
