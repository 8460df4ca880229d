/**
 * Where modules come from: a directory of {@code .wasm} files and scripts, known by name and by
 * digest, each compiled once and shared.
 *
 * <p>Not for what a module may contain (the guest package's) nor for who may open it.
 *
 * <p>Reads and compiles on the compile threads; answers on whichever loop asked.
 */
@NullMarked
package dev.mooring.module;

import org.jspecify.annotations.NullMarked;
