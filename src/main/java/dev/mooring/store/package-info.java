/**
 * Where kept sessions' records are kept beyond the process: a head and a body for each session, and
 * the bytes of the modules that they run.
 *
 * <p>Not for what a record says, which is the session package's affair and bytes here, nor for when
 * one is written. It knows neither connections nor guests.
 *
 * <p>{@link dev.mooring.store.SessionStore} is the interface; {@link dev.mooring.store.RocksStore}
 * keeps everything in one folder, by RocksDB. Everything here may block on a disk: it is for no
 * event loop.
 */
@NullMarked
package dev.mooring.store;

import org.jspecify.annotations.NullMarked;
