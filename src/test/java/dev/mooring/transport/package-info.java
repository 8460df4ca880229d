/** Tests of channels and messages. */
@NullMarked
package dev.mooring.transport;

import org.jspecify.annotations.NullMarked;
