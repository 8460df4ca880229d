/**
 * {@code mooring admin} and {@code mooring top}: what operators see of a server and do with it,
 * from a terminal, by its admin side.
 *
 * <p>Not for what clients ask of a server, and not for the admin side itself: what is known here of
 * a server is what it says in JSON.
 *
 * <p>Runs on the command's main thread.
 */
@NullMarked
package dev.mooring.cli.admin;

import org.jspecify.annotations.NullMarked;
