/** Tests of what is known of a server as numbers. */
@NullMarked
package dev.mooring.observe;

import org.jspecify.annotations.NullMarked;
