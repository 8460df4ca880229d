/**
 * The servers that the verb {@code peers} measures beside Mooring: they speak the same frames, run
 * the same {@code .wasm}, and are each put together as somebody who knows Netty would do it.
 *
 * <p>Not for use: a peer has no limits, no deadlines, no timers and no configuration, and does only
 * what is needed to answer the calls that are measured, all of them rightly.
 *
 * <p>Each runs in a process of its own, {@link dev.mooring.bench.peers.PeerServer}; on which thread
 * a guest runs is what distinguishes them.
 */
@NullMarked
package dev.mooring.bench.peers;

import org.jspecify.annotations.NullMarked;
