/**
 * The bundled client of a Mooring server: opens sessions, calls the functions of their instances,
 * and hears their events.
 *
 * <p>Not for what a message looks like on the wire ({@code dev.mooring.proto}), and not for running
 * WebAssembly: the guest runs at the server.
 *
 * <p>Everything public may be used from any thread unless it says otherwise; futures complete, and
 * listeners run, on the event loop of their session, where nothing may block.
 */
@NullMarked
package dev.mooring.client;

import org.jspecify.annotations.NullMarked;
