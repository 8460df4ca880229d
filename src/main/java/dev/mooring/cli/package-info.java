/**
 * The {@code mooring} command, and those of its commands that have no room of their own: serving,
 * tokens, conformance, the demo.
 *
 * <p>Not for anything that a program would want: programs use the client library, or the server
 * package.
 *
 * <p>Runs on the command's main thread; only events are heard, and printed, on the client's event
 * loop.
 */
@NullMarked
package dev.mooring.cli;

import org.jspecify.annotations.NullMarked;
