/**
 * Whole servers on loopback, spoken to over real sockets; here what is of no single kind, and the
 * parts that servers are made of.
 */
@NullMarked
package dev.mooring.server;

import org.jspecify.annotations.NullMarked;
