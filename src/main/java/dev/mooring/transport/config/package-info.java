/**
 * How connections are kept: what an operator may say of event loops, listeners, TLS, and of what
 * connections may cost. Values only.
 *
 * <p>Not for reading them from files, which is the server's.
 */
@NullMarked
package dev.mooring.transport.config;

import org.jspecify.annotations.NullMarked;
