@NullMarked
package dev.mooring.transport.wire.mooring;

import org.jspecify.annotations.NullMarked;
