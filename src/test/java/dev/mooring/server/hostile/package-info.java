/** Clients that mean harm, many at a time or one byte at a time, beside others that work. */
@NullMarked
package dev.mooring.server.hostile;

import org.jspecify.annotations.NullMarked;
