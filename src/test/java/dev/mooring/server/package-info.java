/** Whole servers on loopback, spoken to over real sockets. */
@NullMarked
package dev.mooring.server;

import org.jspecify.annotations.NullMarked;
