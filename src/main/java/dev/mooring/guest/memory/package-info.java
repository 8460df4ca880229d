/**
 * The linear memory that a space holds, as a difference from the image that all spaces of a module
 * begin with. How that is loaded, written to, committed and rolled back, and how much of the heap
 * it may take.
 *
 * <p>Not for code: it knows no function. An image and the budget are shared; all else belongs to
 * one event loop.
 */
@NullMarked
package dev.mooring.guest.memory;

import org.jspecify.annotations.NullMarked;
