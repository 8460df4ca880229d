/** Sessions on a loop whose clock a test turns, with real guests and a peer that remembers. */
@NullMarked
package dev.mooring.access;

import org.jspecify.annotations.NullMarked;
