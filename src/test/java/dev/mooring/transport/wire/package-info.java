@NullMarked
package dev.mooring.transport.wire;

import org.jspecify.annotations.NullMarked;
