/**
 * Frames, which are bytes with their length in front: how a connection's bytes are cut into them,
 * whatever they hold and however their lengths are written.
 *
 * <p>Not for what is in a frame.
 *
 * <p>A decoder belongs to one channel and runs on its event loop.
 */
@NullMarked
package dev.mooring.proto.frame;

import org.jspecify.annotations.NullMarked;
