/**
 * What generated code runs on: the state that it is handed, and the static methods that it calls
 * for whatever the JVM has no instruction for: globals, tables, numbers, traps, host functions.
 *
 * <p>Not for how that code is made: the classes here are called by their names, which {@link
 * dev.mooring.guest} has put into it. Event loop only.
 */
@NullMarked
package dev.mooring.guest.machine;

import org.jspecify.annotations.NullMarked;
