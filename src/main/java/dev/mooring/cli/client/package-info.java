/**
 * The commands that are a client of one session ({@code call}, {@code stream}, {@code shell}), and
 * the options by which all commands reach a server.
 *
 * <p>Not for load, nor for programs: those use the client library.
 *
 * <p>Runs on the command's main thread; only events are heard, and printed, on the client's event
 * loop.
 */
@NullMarked
package dev.mooring.cli.client;

import org.jspecify.annotations.NullMarked;
