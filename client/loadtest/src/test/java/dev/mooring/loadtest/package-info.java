/** The load test, against servers whose answers and delays are known beforehand. */
@NullMarked
package dev.mooring.loadtest;

import org.jspecify.annotations.NullMarked;
