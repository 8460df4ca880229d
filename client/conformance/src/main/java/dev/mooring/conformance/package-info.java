/**
 * Puts a Mooring server to the test: each numbered rule of PROTOCOL.md that can be seen from
 * outside has a check here, which talks to the server over a socket of its own.
 *
 * <p>Not for using a server: it says what no good client would, and has none of the client's code.
 *
 * <p>Checks run one after the other on the caller's thread, and block; one that must write while it
 * reads does so on a virtual thread of its own.
 */
@NullMarked
package dev.mooring.conformance;

import org.jspecify.annotations.NullMarked;
