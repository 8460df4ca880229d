/**
 * Where a command reads and writes: the process's streams and their colours, lines that a person or
 * a pipe gives, and a progress bar.
 *
 * <p>Not for what is said there: no class here knows a command.
 *
 * <p>Runs on the command's main thread; an announcement comes from any.
 */
@NullMarked
package dev.mooring.cli.terminal;

import org.jspecify.annotations.NullMarked;
