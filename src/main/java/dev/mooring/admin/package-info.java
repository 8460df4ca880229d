/**
 * The side of a server that whoever runs it looks at and steers it by: HTTP/1.1 on an address of
 * its own, with metrics, health, an API in JSON and a page.
 *
 * <p>It has threads of its own: one that reads and writes, and a few that ask event loops, which
 * may take a moment. So nothing here waits for a guest, nor a guest for anything here. What comes
 * is bounded: connections, requests, the time that they take, what waits to be sent.
 *
 * <p>A web page can't steer a server on one's own machine: a request to a host that isn't the
 * server's, or from a page of another origin, is refused.
 */
@NullMarked
package dev.mooring.admin;

import org.jspecify.annotations.NullMarked;
