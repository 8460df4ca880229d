/** Programs with kept sessions, which check that everything has happened once and in order. */
@NullMarked
package dev.mooring.server.testing.programs;

import org.jspecify.annotations.NullMarked;
