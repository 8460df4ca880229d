/**
 * How often something may be, or how much of it: rates, and the one limiter of all that has one.
 *
 * <p>Not for what is limited, nor for who: whoever has a limiter knows that.
 *
 * <p>Any thread.
 */
@NullMarked
package dev.mooring.rate;

import org.jspecify.annotations.NullMarked;
