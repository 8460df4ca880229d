/** A second wire: JSON, each message behind its length. Shows what another protocol takes. */
@NullMarked
package dev.mooring.transport.wire.json;

import org.jspecify.annotations.NullMarked;
