/** Tests of where modules come from. */
@NullMarked
package dev.mooring.module;

import org.jspecify.annotations.NullMarked;
