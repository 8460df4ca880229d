/**
 * Tests of the benchmarks: that what is measured answers, and that what is printed was measured.
 */
@NullMarked
package dev.mooring.bench;

import org.jspecify.annotations.NullMarked;
