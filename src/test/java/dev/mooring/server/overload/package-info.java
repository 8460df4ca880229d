/** Servers at their limits: of connections, memory, time, and of what nobody reads. */
@NullMarked
package dev.mooring.server.overload;

import org.jspecify.annotations.NullMarked;
