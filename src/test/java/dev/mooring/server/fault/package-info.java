/** What networks and dying clients do to a server's connections, at each state of a session. */
@NullMarked
package dev.mooring.server.fault;

import org.jspecify.annotations.NullMarked;
