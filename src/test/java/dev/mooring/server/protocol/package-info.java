/** Whether a server keeps the protocol, as checks and clients of other languages see it. */
@NullMarked
package dev.mooring.server.protocol;

import org.jspecify.annotations.NullMarked;
