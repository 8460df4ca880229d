/**
 * What bytes are known by: digests of modules, images and tokens.
 *
 * <p>Not for how one is written down, nor for checksums, which are against accidents only.
 *
 * <p>Any thread.
 */
@NullMarked
package dev.mooring.digest;

import org.jspecify.annotations.NullMarked;
