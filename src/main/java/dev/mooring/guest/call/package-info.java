/**
 * A call: what it is given, what it may use, and how it ends.
 *
 * <p>Not for running it: this knows neither memory nor code. An event loop has one {@link
 * dev.mooring.guest.call.Invocation} and uses it for every call; the rest is values.
 */
@NullMarked
package dev.mooring.guest.call;

import org.jspecify.annotations.NullMarked;
