/** Tests of where sessions are kept: what every store promises, and what becomes of a folder. */
@NullMarked
package dev.mooring.store;

import org.jspecify.annotations.NullMarked;
