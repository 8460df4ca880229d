/**
 * What people type and read: addresses, times, sizes, values, files that they name, JSON; and the
 * line with which a command fails.
 *
 * <p>Not for what a single command means by it, and not for terminals.
 *
 * <p>Thread-safe.
 */
@NullMarked
package dev.mooring.cli.text;

import org.jspecify.annotations.NullMarked;
