/**
 * What went wrong, in words: for all that tell somebody of it, servers, clients and tools.
 *
 * <p>Not for what is wrong with what somebody asked for: whoever finds that says it.
 *
 * <p>Any thread.
 */
@NullMarked
package dev.mooring.error;

import org.jspecify.annotations.NullMarked;
