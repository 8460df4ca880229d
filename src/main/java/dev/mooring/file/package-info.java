/**
 * Files as the server and its commands find them: whether one is still what it was, what is wrong
 * with one that can't be read, and the text of those that people write.
 *
 * <p>Not for what a file says, which is the affair of whoever reads it, nor for when files are
 * looked at.
 *
 * <p>Knows no other package. Everything here may block on a disk: it is for no event loop.
 */
@NullMarked
package dev.mooring.file;

import org.jspecify.annotations.NullMarked;
