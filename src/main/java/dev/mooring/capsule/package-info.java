/**
 * Crash capsules: a call that failed and the state before it, with all that it takes to make it
 * again, as one file.
 *
 * <p>Not for how a call is made again, which the guest package knows, nor for which sessions are
 * looked at. A capsule has no tokens in it; but it has what the client configured and sent, and
 * whatever the guest's memory holds.
 *
 * <p>What is written is written on a thread of its own.
 *
 * <h2>The format, version 1</h2>
 *
 * <p>{@code MOORCAPS} in ASCII, the version in 4 bytes, the length of all in 8, then what the
 * capsule says, then a CRC-32C of every byte before it in 4. Numbers are big-endian; texts (in
 * UTF-8), bytes and lists have their length in front, in 4 bytes. The state is as the package
 * {@code state} writes it, and modules are as a store has them.
 */
@NullMarked
package dev.mooring.capsule;

import org.jspecify.annotations.NullMarked;
