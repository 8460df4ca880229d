/**
 * Event loops: their threads, their I/O, what belongs to each, and who looks after them; and what
 * is held for the clients of each, and of all together.
 *
 * <p>Not for listening, and no protocol: a connection is known here as what the sweep looks at.
 *
 * <p>What belongs to a loop runs there; {@link dev.mooring.transport.loop.EventLoops} is for all
 * other threads.
 */
@NullMarked
package dev.mooring.transport.loop;

import org.jspecify.annotations.NullMarked;
