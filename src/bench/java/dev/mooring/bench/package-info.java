/**
 * Measures the server, and beside it, in the same run, the engines that people would compare it
 * with.
 *
 * <p>Not for tests: nothing here decides whether the server is right, though every answer that is
 * measured is checked. Nothing here is part of the distribution.
 *
 * <p>A verb of {@code src/bench/run} is a class with a {@code main}; what it measures runs in
 * processes of its own, each on its main thread.
 */
@NullMarked
package dev.mooring.bench;

import org.jspecify.annotations.NullMarked;
