/**
 * Decides from the bytes of a WebAssembly module whether it may come in, and writes down the facts
 * about it that the rest of the server builds on.
 *
 * <p>Not for compiling or running anything: it knows neither the engine nor the network, and keeps
 * no state.
 *
 * <p>Everything here runs on the caller's thread, which is a compile thread and never an event
 * loop.
 */
@NullMarked
package dev.mooring.guest.intake;

import org.jspecify.annotations.NullMarked;
