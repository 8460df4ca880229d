@NullMarked
package dev.mooring.transport.admission;

import org.jspecify.annotations.NullMarked;
