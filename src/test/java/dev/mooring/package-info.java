/** Tests of the house as a whole. */
@NullMarked
package dev.mooring;

import org.jspecify.annotations.NullMarked;
