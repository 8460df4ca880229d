/**
 * {@code mooring inspect}, {@code mooring modules} and {@code mooring replay}: what a module is,
 * what a server would say to it, and what it did when a call failed.
 *
 * <p>Needs no server, and asks none.
 *
 * <p>Runs on the command's main thread; a module is compiled, and guests run, on threads made for
 * that.
 */
@NullMarked
package dev.mooring.cli.module;

import org.jspecify.annotations.NullMarked;
