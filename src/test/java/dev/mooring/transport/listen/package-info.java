@NullMarked
package dev.mooring.transport.listen;

import org.jspecify.annotations.NullMarked;
