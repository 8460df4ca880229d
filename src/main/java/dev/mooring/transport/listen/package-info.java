/**
 * Listeners: an address that is listened on, and the pipeline of each connection that comes, from a
 * proxy's header over TLS to the wire that is picked.
 *
 * <p>Not for what is done on the connection after that, which is the wire's.
 *
 * <p>Pipelines are built and handlers run on their connection's event loop.
 */
@NullMarked
package dev.mooring.transport.listen;

import org.jspecify.annotations.NullMarked;
