/**
 * Runs guests: modules, the spaces that sessions own, guest memory, and the functions that a guest
 * may call. The only package that knows the engine.
 *
 * <p>Not for connections, messages or turns: it knows no protobuf and no channel, and decides
 * nothing about when a call runs.
 *
 * <p>A module is compiled on a compile thread and shared; all else belongs to one event loop and
 * runs there.
 */
@NullMarked
package dev.mooring.guest;

import org.jspecify.annotations.NullMarked;
