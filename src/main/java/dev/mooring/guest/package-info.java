/**
 * Runs guests: modules, and the spaces that sessions own. In its rooms are what examines a module
 * ({@code intake}), what compiles it ({@code compile}, which alone knows the engine), what its code
 * runs on ({@code machine}), what a space holds ({@code memory}), what a call is ({@code call}),
 * what stops one ({@code deadline}), and what guests log ({@code log}).
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
