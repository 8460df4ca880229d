@NullMarked
package dev.mooring.transport.loop;

import org.jspecify.annotations.NullMarked;
