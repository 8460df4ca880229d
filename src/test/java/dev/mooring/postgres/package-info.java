/** A real PostgreSQL for tests, and a network that fails between it and who speaks to it. */
@NullMarked
package dev.mooring.postgres;

import org.jspecify.annotations.NullMarked;
