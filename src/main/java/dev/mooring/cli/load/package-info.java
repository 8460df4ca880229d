/**
 * {@code mooring loadtest}: its options, as a plan, and its report, as it comes and in the end.
 *
 * <p>Not for making a load or measuring it, which the load test's own module does.
 *
 * <p>Runs on the command's main thread.
 */
@NullMarked
package dev.mooring.cli.load;

import org.jspecify.annotations.NullMarked;
