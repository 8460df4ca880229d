/**
 * {@code mooring inspect} and {@code mooring modules}: what a module is, and what a server would
 * say to it.
 *
 * <p>Needs no server, and asks none.
 *
 * <p>Runs on the command's main thread; a module is compiled on a thread made for it.
 */
@NullMarked
package dev.mooring.cli.module;

import org.jspecify.annotations.NullMarked;
