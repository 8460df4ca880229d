/**
 * What is said to people, in words that are theirs.
 *
 * <p>Not for what a message is about: that is for whoever says it. Knows no other package.
 *
 * <p>Any thread.
 */
@NullMarked
package dev.mooring.text;

import org.jspecify.annotations.NullMarked;
