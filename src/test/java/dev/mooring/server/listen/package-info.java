/** How clients come in: addresses, TLS, proxies, other protocols, tokens. */
@NullMarked
package dev.mooring.server.listen;

import org.jspecify.annotations.NullMarked;
